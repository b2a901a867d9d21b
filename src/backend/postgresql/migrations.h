// The numbered steps that made the database's schema, in order. A step that was released is never
// changed; another is added.
//
// What a generation's tables, partitions and views look like is in functions of the database, which
// a step replaces: so a program from before a step makes generations of the newest shape, and old
// and new programs can run side by side. One release only adds (columns with a default, tables);
// what fell out of use goes a release later, in a step that raises `lowest`.
#pragma once

#include <span>
#include <string_view>

namespace tilth::postgresql {

struct Migration {
    int number = 0;
    /// The lowest number a program must know to be able to use the schema after this step.
    int lowest = 0;
    std::string_view sql;
};

/// This program's; the last one is the number it knows.
std::span<const Migration> Migrations();

}  // namespace tilth::postgresql
