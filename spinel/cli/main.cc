#include <cstdio>

int main() {
  std::puts("spinel");
  return 0;
}
