/* A program that writes as a journal should, or with one sync left out; for the test of the tool.
 *
 *   careful FOLDER [no-sync|no-folder-sync|rename-first]
 *
 * Appends ten records of 700 bytes to FOLDER/log, each synced, then writes FOLDER/state anew by way
 * of FOLDER/state.new. Prints a line after each step that it believes to be durable.
 *   no-sync         the records are not synced
 *   no-folder-sync  the folder is not synced after the rename
 *   rename-first    state.new is renamed before it is synced
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char* mistake = "";

static int Is(const char* what) {
    return strcmp(mistake, what) == 0;
}

static void Say(const char* what) {
    printf("%s\n", what);
    fflush(stdout);
}

static int AppendRecords(void) {
    const int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    for (int i = 0; i < 10; ++i) {
        char record[700];
        memset(record, 'a' + i, sizeof record);
        if (write(log, record, sizeof record) != ssize_t{sizeof record}) return 1;
        if (!Is("no-sync") && fdatasync(log) != 0) return 1;
        Say("record");
    }
    return close(log);
}

static int ReplaceState(void) {
    const int state = open("state.new", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(state, "new", 3) != 3) return 1;
    if (!Is("rename-first") && fsync(state) != 0) return 1;
    if (rename("state.new", "state") != 0) return 1;
    const int folder = open(".", O_RDONLY | O_DIRECTORY);
    if (!Is("no-folder-sync") && fsync(folder) != 0) return 1;
    Say("state");
    return close(state) + close(folder);
}

int main(int count, char** arguments) {
    if (count < 2 || chdir(arguments[1]) != 0) return 2;
    if (count > 2) mistake = arguments[2];
    if (AppendRecords() != 0 || ReplaceState() != 0) return 1;
    return 0;
}
