// UDUNITS-2 (2.2.28) does not free a few bytes of a unit it cannot read, such as "m3/0.m3"; that is
// its fault, not ours.
#pragma once

extern "C" const char* __lsan_default_suppressions() {
    return "leak:libudunits2";
}
