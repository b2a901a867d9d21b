#include <cstdio>

#include <fmt/format.h>

int main() {
    fmt::print("tilth {}\n", "0.1.0");
    return 0;
}
