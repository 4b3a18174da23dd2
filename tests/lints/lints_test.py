#!/usr/bin/env python3
"""Each lint finds its broken samples and is content with good ones."""
import unittest

import error_messages
import layering
import source_form

GOOD_HEADER = "// The one exception type.\n#pragma once\n"


class Layering(unittest.TestCase):
    def found(self, path, text):
        return layering.check({path: text})

    def test_an_arrow_down_is_right(self):
        self.assertEqual(self.found("spinel/nn/module.h", '#include "spinel/base/error.h"\n'), [])
        self.assertEqual(self.found("spinel/nn/module.h", '#include "spinel/nn/named_tensors.h"\n'), [])

    def test_an_arrow_up_is_found_with_its_line(self):
        found = self.found("spinel/atoms/frame.h", '\n#include "spinel/train/model.h"\n')
        self.assertEqual(found, ["spinel/atoms/frame.h:2: atoms includes spinel/train/model.h, which stands above it"])

    def test_rooms_of_one_level_do_not_meet(self):
        self.assertTrue(self.found("spinel/registry/a.cc", '#include "spinel/kernels/b.h"\n'))

    def test_libtorch_in_a_room_without_it(self):
        for header in ("torch/torch.h", "ATen/ATen.h", "c10/util/Half.h"):
            self.assertTrue(self.found("spinel/kernels/cpu/a.cc", f"#include <{header}>\n"), header)
            self.assertEqual(self.found("spinel/nn/a.cc", f"#include <{header}>\n"), [])
        self.assertTrue(self.found("spinel/serve/scheduler/a.cc", "#include <ATen/ATen.h>\n"))
        self.assertTrue(self.found("spinel/serve/scheduler/a.cc", '#include "spinel/nn/module.h"\n'))
        self.assertEqual(self.found("spinel/serve/worker/a.cc", "#include <ATen/ATen.h>\n"), [])

    def test_unknown_rooms_and_relative_paths(self):
        self.assertTrue(self.found("spinel/cellar/a.cc", ""))
        self.assertTrue(self.found("spinel/nn/a.cc", '#include "spinel/cellar/b.h"\n'))
        self.assertTrue(self.found("spinel/nn/a.cc", '#include "module.h"\n'))

    def test_comments_do_not_count(self):
        self.assertEqual(self.found("spinel/base/a.cc", "// #include <torch/torch.h>\n/*\n#include <ATen/ATen.h>\n*/\n"), [])


class ErrorMessages(unittest.TestCase):
    def found(self, code):
        return error_messages.check({"spinel/base/a.cc": code})

    def test_good_messages(self):
        for code in (
                'fail(ErrorKind::corrupt, "{}:{}: {} is {}; at most {} is allowed", a, b, c, d, e);',
                'require(n > 0, "SchNet: n_rbf is {}; it must be at least 1", n);',
                'require(f(a, "x, y"), "{}a component is needed here; write it as a map", where);',
                'fail(ErrorKind::corrupt, "{}: NaN in row {}", file, row);',
                'throw Error(ErrorKind::corrupt, "a.xyz: the count is missing");',
                "try { f(); } catch (...) { throw; }"):
            self.assertEqual(self.found(code), [], code)

    def test_broken_messages(self):
        for code in (
                'fail(ErrorKind::corrupt, "{}: the header is cut.", file);',
                'fail(ErrorKind::corrupt, "could not read");',
                'require(n > 0,\n  "SchNet: n_rbf " \n "is negative!");',
                'require(n > 0, "SchNet: The number is {}", n);',
                'throw Error(ErrorKind::corrupt, "something is wrong");',
                'throw std::runtime_error("a: b");'):
            self.assertEqual(len(self.found(code)), 1, code)

    def test_the_line_is_named(self):
        self.assertTrue(self.found('\n\nfail(ErrorKind::corrupt, "bad.");')[0].startswith("spinel/base/a.cc:3: "))


class SourceForm(unittest.TestCase):
    def found(self, text, path="spinel/base/a.h"):
        return source_form.check({path: text})

    def test_good_header(self):
        self.assertEqual(self.found(GOOD_HEADER), [])

    def test_header_without_sentence_or_guard(self):
        self.assertTrue(self.found("#pragma once\n"))
        self.assertTrue(self.found("// helper\n#pragma once\n"))
        self.assertTrue(self.found("// The one exception type.\n"))

    def test_lengths(self):
        self.assertTrue(self.found(GOOD_HEADER + "// " + "x" * 118 + "\n"))
        self.assertEqual(self.found(GOOD_HEADER + "// " + "x" * 117 + "\n"), [])
        self.assertEqual(self.found(GOOD_HEADER + "// " + "Å" * 117 + "\n"), [])
        self.assertTrue(self.found(GOOD_HEADER + "int a;\n" * 600))

    def test_unfinished_work_and_blanks(self):
        self.assertTrue(self.found(GOOD_HEADER + "// TO" + "DO: later\n"))
        self.assertTrue(self.found(GOOD_HEADER + "int a; \n"))

    def test_dictionaries(self):
        for line in ('"general\\n"', '"open', "bare", '"\\x4"'):
            self.assertEqual(len(self.found(line + "\n", "fuzz/a.dict")), 1, line)
        for line in ('"general\\x0A"', '"\\\\101"', 'name="=\\"a\\""', "# a comment", ""):
            self.assertEqual(self.found(line + "\n", "fuzz/a.dict"), [], line)

    def test_banned_functions(self):
        for call in ("atof(x)", "std::stoi(x)", "strtod(x, &end)", "sprintf(b, f)", "at::parallel_for(0, n, 1, f)",
                     "rand()", "std::system(c)"):
            self.assertEqual(len(self.found(f"int a = {call};\n", "spinel/base/a.cc")), 1, call)
        for fine in ("operand(x)", "random_atof(x)", "a.system(x)", "// atof(x)", '"atof(x)"'):
            self.assertEqual(self.found(f"{fine};\n", "spinel/base/a.cc"), [], fine)


if __name__ == "__main__":
    unittest.main()
