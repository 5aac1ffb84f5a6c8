/*
 * See machine.h. Everything is asked of /proc and /sys; what is not to be had is left out.
 */
#include "bench/machine.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LINE = 512, WORD = 128 };

static void write_processor(FILE *out)
{
    char model[WORD] = "unknown processor", line[LINE];
    FILE *cpus = fopen("/proc/cpuinfo", "r");
    while (cpus && fgets(line, sizeof line, cpus))
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    if (cpus)
        fclose(cpus);
    fprintf(out, "%s, %ld cores", model, sysconf(_SC_NPROCESSORS_ONLN));
}

/* "36 25 254:0 / /var rw … - ext4 /dev/vda rw": by the device's number, so that bind mounts do not matter. */
static void write_file_system(dev_t device, FILE *out)
{
    char wanted[32], line[LINE], type[WORD], source[WORD];
    snprintf(wanted, sizeof wanted, " %u:%u ", major(device), minor(device));
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    while (mounts && fgets(line, sizeof line, mounts)) {
        const char *fields = strstr(line, " - ");
        if (!strstr(line, wanted) || !fields || sscanf(fields, " - %127s %127s", type, source) != 2)
            continue;
        fprintf(out, "; files on %s (%s", type, source);
        break;
    }
    if (mounts)
        fclose(mounts);
}

static void write_disk(const char *directory, FILE *out)
{
    struct stat st;
    char path[WORD];
    int turns = -1;
    if (stat(directory, &st) != 0)
        return;
    write_file_system(st.st_dev, out);
    for (int parent = 0; parent < 2 && turns < 0; parent++) {
        snprintf(path, sizeof path, "/sys/dev/block/%u:%u/%squeue/rotational", major(st.st_dev),
                 minor(st.st_dev), parent ? "../" : "");
        FILE *file = fopen(path, "r");
        if (file && fscanf(file, "%d", &turns) != 1)
            turns = -1;
        if (file)
            fclose(file);
    }
    fprintf(out, "%s)",
            turns < 0 ? ""
            : turns   ? ", says it is a disk that turns"
                      : ", solid state or virtual");
}

void machine_write(const char *directory, FILE *out)
{
    struct utsname system;
    struct sysinfo memory;
    double load[3] = {0};
    uname(&system);
    getloadavg(load, 3);
    write_processor(out);
    if (sysinfo(&memory) == 0)
        fprintf(out, ", %.0f GB of memory", (double)memory.totalram * memory.mem_unit / 1e9);
    fprintf(out, ", %s %s", system.sysname, system.release);
    write_disk(directory, out);
    fprintf(out, "; SQLite %s %s sqlite_dbpage; load %.1f at the end.\n", sqlite3_libversion(),
            sqlite3_compileoption_used("ENABLE_DBPAGE_VTAB") ? "with" : "without", load[0]);
}
