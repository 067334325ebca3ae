/* Expands a folder of calendar objects with libical, for `cargo xtask bench expand`.
   expand FOLDER FROM UNTIL (20260101T000000Z): prints one JSON object with nanoseconds and counts.
   Reading and expanding are timed apart; the quickest of three rounds counts. */
#include <dirent.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 3, EVENTS_MAX = 1000000 };

static char *texts[EVENTS_MAX];
static icalcomponent *calendars[EVENTS_MAX];
static long found;

static long long now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void count(icalcomponent *event, struct icaltime_span *span, void *unused)
{
    (void)event, (void)span, (void)unused;
    found++;
}

static char *read_file(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        exit(1);
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *text = calloc(1, length + 1);
    if (fread(text, 1, length, file) != (size_t)length)
        exit(1);
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    long events = 0;
    DIR *folder = opendir(argv[1]);
    if (!folder)
        return 1;
    for (struct dirent *entry; (entry = readdir(folder)) && events < EVENTS_MAX;)
        if (entry->d_name[0] != '.')
            texts[events++] = read_file(argv[1], entry->d_name);
    struct icaltimetype from = icaltime_from_string(argv[2]), until = icaltime_from_string(argv[3]);
    long long read_best = -1, expand_best = -1;
    for (int round = 0; round < ROUNDS; round++) {
        long long began = now_ns();
        for (long i = 0; i < events; i++)
            calendars[i] = icalparser_parse_string(texts[i]);
        long long read_took = now_ns() - began;
        found = 0;
        began = now_ns();
        for (long i = 0; i < events; i++) {
            icalcomponent *event =
                icalcomponent_get_first_component(calendars[i], ICAL_VEVENT_COMPONENT);
            icalcomponent_foreach_recurrence(event, from, until, count, NULL);
        }
        long long expand_took = now_ns() - began;
        for (long i = 0; i < events; i++)
            icalcomponent_free(calendars[i]);
        if (read_best < 0 || read_took < read_best)
            read_best = read_took;
        if (expand_best < 0 || expand_took < expand_best)
            expand_best = expand_took;
    }
    printf("{\"events\":%ld,\"occurrences\":%ld,\"read_ns\":%lld,\"expand_ns\":%lld}\n", events,
           found, read_best, expand_best);
    return 0;
}
