// Schedules that reduce the learning rate where a watched value has stopped improving.
#pragma once

#include "spinel/train/schedules.h"

namespace spinel::train {

using ScheduleEntry = Component<std::unique_ptr<Schedule>(const Config&, const ScheduleContext&)>;

/// PaddlePaddle's rules: values during the cooldown are ignored.
ScheduleEntry reduce_on_plateau();
/// PyTorch's rules: a value during the cooldown can still become the best one. With SchNetPack's smoothing, which
/// watches the running mean m ← s·m + (1 − s)·value.
ScheduleEntry reduce_lr_on_plateau();

}  // namespace spinel::train
