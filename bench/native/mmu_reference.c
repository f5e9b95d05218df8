/*
 * The native references of `npm run bench -- mmu`: what a page-table operation costs in C on this machine, and what
 * the host's kernel takes for the same duty.
 *
 * Frozen: figures in reports are ratios against these loops, so a change here makes old reports incomparable. Add new
 * ids; do not touch old ones.
 *
 * How: a 4-level table of 512 64-bit atomic entries in one arena touched beforehand; atomic loads on the walk, missing
 * levels and the leaf installed by compare-and-swap, tables taken from a bump allocator per thread. The host's figures
 * are first writes to pages: of a memfd that has them in its page cache, and of a private anonymous mapping without
 * huge pages. Every figure is nanoseconds per page (for c.dirtylog per dirty page, for c.split2m and c.recover2m per
 * page of 2 MiB), wall clock over one whole pass.
 *
 * It does not model an exception, a slot lookup or a lock: a table operation is not a page fault.
 *
 * Use: mmu_reference [runs]   one JSON object {id: median ns}
 *      mmu_reference --serve  one id per line on stdin, one figure per line on stdout
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
  LEVELS = 4,
  ENTRIES = 512,
  PAGE = 4096,
  PAGES = 1 << 20,      /* one pass: 4 GiB of guest memory in 4 KiB pages */
  DATA_PAGES = 1 << 16, /* frames zeroed in one pass, 256 MiB: far beyond every cache */
  HOST_PAGES = 1 << 15, /* one pass of the host's kernel: 128 MiB */
  THREADS = 2,
  TABLES_PER_THREAD = PAGES / ENTRIES + 64,
  MAX_RUNS = 99
};

static const uint64_t PRESENT_RWX = 7, WRITABLE = 2, LARGE = 1 << 7, ACCESSED = 1 << 8, DIRTY = 1 << 9,
                      ADDRESS = 0x000ffffffffff000ull;

typedef _Atomic uint64_t Entry;

typedef struct {
  uint8_t *next, *end;
} Bump;

static uint8_t *tableArena, *dataArena;
static uint32_t *randomOrder;
static Bump bumps[THREADS];
static Entry *root;

static double nowNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void *reserve(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) die("mmap");
  return p;
}

/* Empties the table and gives every thread its share of table frames. Clearing them also keeps them resident. */
static void resetTables(void) {
  size_t share = (size_t)TABLES_PER_THREAD * PAGE;
  memset(tableArena, 0, PAGE + THREADS * share);
  root = (Entry *)tableArena;
  for (int i = 0; i < THREADS; i++) {
    bumps[i].next = tableArena + PAGE + (size_t)i * share;
    bumps[i].end = bumps[i].next + share;
  }
}

static Entry *entryTable(uint64_t entry) { return (Entry *)(uintptr_t)(entry & ADDRESS); }

/* The table below `slot`, linked if missing; the loser of a race keeps its frame for the next link. */
static Entry *descendOrLink(Entry *slot, Bump *bump) {
  uint64_t old = atomic_load_explicit(slot, memory_order_acquire);
  if (old) return entryTable(old);
  if (bump->next >= bump->end) die("out of table frames");
  uint64_t made = (uint64_t)(uintptr_t)bump->next | PRESENT_RWX;
  if (atomic_compare_exchange_strong(slot, &old, made)) {
    bump->next += PAGE;
    return entryTable(made);
  }
  return entryTable(old);
}

static inline __attribute__((always_inline)) void mapPage(uint64_t gfn, uint64_t leaf, Bump *bump) {
  Entry *table = root;
  for (int level = LEVELS; level > 1; level--) {
    Entry *slot = table + ((gfn >> (9 * (level - 1))) & (ENTRIES - 1));
    uint64_t entry = atomic_load_explicit(slot, memory_order_acquire);
    table = entry ? entryTable(entry) : descendOrLink(slot, bump);
  }
  uint64_t none = 0;
  atomic_compare_exchange_strong(table + (gfn & (ENTRIES - 1)), &none, leaf);
}

static void mapRange(uint64_t start, uint64_t n, Bump *bump) {
  for (uint64_t gfn = start; gfn < start + n; gfn++) mapPage(gfn, gfn << 12 | PRESENT_RWX, bump);
}

static double mapSequential(void) {
  resetTables();
  double t = nowNs();
  mapRange(0, PAGES, &bumps[0]);
  return (nowNs() - t) / PAGES;
}

static double mapRandom(void) {
  resetTables();
  double t = nowNs();
  for (uint32_t i = 0; i < PAGES; i++) {
    uint64_t gfn = randomOrder[i];
    mapPage(gfn, gfn << 12 | PRESENT_RWX, &bumps[0]);
  }
  return (nowNs() - t) / PAGES;
}

static double mapZeroing(void) {
  resetTables();
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < DATA_PAGES; gfn++) {
    uint8_t *frame = dataArena + gfn * PAGE;
    memset(frame, 0, PAGE);
    mapPage(gfn, (uint64_t)(uintptr_t)frame | PRESENT_RWX, &bumps[0]);
  }
  return (nowNs() - t) / DATA_PAGES;
}

static atomic_int arrived;

static void mapShare(uint64_t index) {
  atomic_fetch_add(&arrived, 1);
  while (atomic_load(&arrived) < THREADS) {
  }
  mapRange(index * (PAGES / THREADS), PAGES / THREADS, &bumps[index]);
}

static void *mapWorker(void *arg) {
  mapShare((uint64_t)(uintptr_t)arg);
  return NULL;
}

/* Two threads (this one and another), one half of the range each; wall time over all pages. */
static double mapDisjoint(void) {
  pthread_t thread;
  resetTables();
  atomic_store(&arrived, 0);
  if (pthread_create(&thread, NULL, mapWorker, (void *)1)) die("pthread_create");
  while (!atomic_load(&arrived)) {
  }
  double t = nowNs();
  mapShare(0);
  pthread_join(thread, NULL);
  return (nowNs() - t) / PAGES;
}

static Entry *leafTable(uint64_t gfn) {
  Entry *table = root;
  for (int level = LEVELS; level > 1; level--)
    table = entryTable(atomic_load(table + ((gfn >> (9 * (level - 1))) & (ENTRIES - 1))));
  return table;
}

static double zapLeaves(void) {
  resetTables();
  mapRange(0, PAGES, &bumps[0]);
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) {
    Entry *table = leafTable(gfn);
    for (int i = 0; i < ENTRIES; i++) {
      uint64_t old = atomic_load_explicit(table + i, memory_order_acquire);
      if (old) atomic_compare_exchange_strong(table + i, &old, 0);
    }
  }
  return (nowNs() - t) / PAGES;
}

static void writeProtectAll(void) {
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) {
    Entry *table = leafTable(gfn);
    for (int i = 0; i < ENTRIES; i++) {
      uint64_t old = atomic_load_explicit(table + i, memory_order_acquire);
      if (old & WRITABLE) atomic_compare_exchange_strong(table + i, &old, old & ~WRITABLE);
    }
  }
}

static double writeProtectLeaves(void) {
  resetTables();
  mapRange(0, PAGES, &bumps[0]);
  double t = nowNs();
  writeProtectAll();
  return (nowNs() - t) / PAGES;
}

/* A dirty log collected: bitmap words exchanged for 0 into a copy; the Dirty bit of each page whose bit was set cleared. */
static uint64_t collectDirty(Entry *bitmap, uint64_t *copy) {
  uint64_t found = 0;
  for (uint64_t word = 0; word < PAGES / 64; word++) {
    if (!atomic_load_explicit(bitmap + word, memory_order_acquire)) continue;
    uint64_t mask = copy[word] = atomic_exchange(bitmap + word, 0);
    Entry *table = leafTable(word * 64);
    for (; mask; mask &= mask - 1) {
      Entry *slot = table + ((word * 64 + (uint64_t)__builtin_ctzll(mask)) & (ENTRIES - 1));
      if (atomic_load_explicit(slot, memory_order_acquire) & DIRTY) atomic_fetch_and(slot, ~DIRTY);
      found++;
    }
  }
  return found;
}

/* Nanoseconds per dirty page, when every `every`-th page is dirty. */
static double collectEvery(uint64_t every) {
  Entry *bitmap = reserve(PAGES / 8);
  uint64_t *copy = reserve(PAGES / 8);
  resetTables();
  for (uint64_t gfn = 0; gfn < PAGES; gfn++) mapPage(gfn, gfn << 12 | PRESENT_RWX | ACCESSED | DIRTY, &bumps[0]);
  memset(copy, 0, PAGES / 8);
  for (uint64_t gfn = 0; gfn < PAGES; gfn += every) bitmap[gfn / 64] |= 1ull << gfn % 64;
  double t = nowNs();
  uint64_t found = collectDirty(bitmap, copy);
  double ns = (nowNs() - t) / (double)found;
  munmap(bitmap, PAGES / 8);
  munmap(copy, PAGES / 8);
  return ns;
}

static double collectAll(void) { return collectEvery(1); }
static double collectSparse(void) { return collectEvery(100); }

static double ageLeaves(void) {
  resetTables();
  for (uint64_t gfn = 0; gfn < PAGES; gfn++) mapPage(gfn, gfn << 12 | PRESENT_RWX | ACCESSED, &bumps[0]);
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) {
    Entry *table = leafTable(gfn);
    for (int i = 0; i < ENTRIES; i++)
      if (atomic_load_explicit(table + i, memory_order_acquire) & ACCESSED) atomic_fetch_and(table + i, ~ACCESSED);
  }
  return (nowNs() - t) / PAGES;
}

/* The entry of level 2 for `gfn`, tables above it made. */
static Entry *hugeSlot(uint64_t gfn) {
  Entry *table = root;
  for (int level = LEVELS; level > 2; level--)
    table = descendOrLink(table + ((gfn >> (9 * (level - 1))) & (ENTRIES - 1)), &bumps[0]);
  return table + ((gfn >> 9) & (ENTRIES - 1));
}

static void mapHuge(void) {
  resetTables();
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) atomic_store(hugeSlot(gfn), gfn << 12 | PRESENT_RWX | LARGE);
}

static void splitAll(void) {
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) {
    Entry *slot = hugeSlot(gfn);
    uint64_t old = atomic_load_explicit(slot, memory_order_acquire);
    Entry *table = (Entry *)bumps[0].next;
    bumps[0].next += PAGE;
    for (uint64_t i = 0; i < ENTRIES; i++)
      atomic_store_explicit(table + i, (old & ~LARGE) + (i << 12), memory_order_relaxed);
    atomic_compare_exchange_strong(slot, &old, (uint64_t)(uintptr_t)table | PRESENT_RWX);
  }
}

/* Split, and the small pages write-protected, as when logging begins: nanoseconds per 2 MiB page. */
static double splitHuge(void) {
  mapHuge();
  double t = nowNs();
  splitAll();
  writeProtectAll();
  return (nowNs() - t) / (PAGES / ENTRIES);
}

/* The huge entry put in the table's place, and each entry of the table taken out, as whoever removes a table must. */
static double recoverHuge(void) {
  mapHuge();
  splitAll();
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < PAGES; gfn += ENTRIES) {
    Entry *slot = hugeSlot(gfn);
    uint64_t old = atomic_load_explicit(slot, memory_order_acquire);
    Entry *table = entryTable(old);
    uint64_t first = atomic_load_explicit(table, memory_order_acquire);
    if (!atomic_compare_exchange_strong(slot, &old, first | LARGE)) continue;
    for (int i = 0; i < ENTRIES; i++) atomic_exchange(table + i, 0);
  }
  return (nowNs() - t) / (PAGES / ENTRIES);
}

/* A write-protected leaf made writable again, each by a walk from the root. */
static double unprotectLeaves(void) {
  resetTables();
  for (uint64_t gfn = 0; gfn < PAGES; gfn++) mapPage(gfn, gfn << 12 | (PRESENT_RWX & ~WRITABLE), &bumps[0]);
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < PAGES; gfn++) {
    Entry *slot = leafTable(gfn) + (gfn & (ENTRIES - 1));
    uint64_t old = atomic_load_explicit(slot, memory_order_acquire);
    atomic_compare_exchange_strong(slot, &old, old | WRITABLE);
  }
  return (nowNs() - t) / PAGES;
}

static volatile uint64_t sink;

static double walkSequential(void) {
  resetTables();
  mapRange(0, PAGES, &bumps[0]);
  uint64_t sum = 0;
  double t = nowNs();
  for (uint64_t gfn = 0; gfn < PAGES; gfn++) {
    Entry *table = root;
    for (int level = LEVELS; level > 1; level--)
      table = entryTable(
          atomic_load_explicit(table + ((gfn >> (9 * (level - 1))) & (ENTRIES - 1)), memory_order_acquire));
    sum += atomic_load_explicit(table + (gfn & (ENTRIES - 1)), memory_order_acquire);
  }
  double ns = (nowNs() - t) / PAGES;
  sink = sum;
  return ns;
}

static double touch(volatile uint8_t *p) {
  double t = nowNs();
  for (size_t i = 0; i < HOST_PAGES; i++) p[i * PAGE] = 1;
  return (nowNs() - t) / HOST_PAGES;
}

/* The page cache has the page; only the translation is missing, as when our host mm has it and our table does not. */
static double hostResidentFault(void) {
  size_t bytes = (size_t)HOST_PAGES * PAGE;
  int fd = memfd_create("mmu_reference", 0);
  if (fd < 0 || ftruncate(fd, (off_t)bytes)) die("memfd");
  uint8_t *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) die("mmap memfd");
  madvise(p, bytes, MADV_NOHUGEPAGE);
  touch(p);
  munmap(p, bytes);
  p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) die("mmap memfd");
  madvise(p, bytes, MADV_NOHUGEPAGE);
  double ns = touch(p);
  munmap(p, bytes);
  close(fd);
  return ns;
}

static double dontNeedNs;

/* First touch of anonymous pages, then giving them back: one pass measures both. */
static double hostFirstTouch(void) {
  size_t bytes = (size_t)HOST_PAGES * PAGE;
  uint8_t *p = reserve(bytes);
  madvise(p, bytes, MADV_NOHUGEPAGE);
  double ns = touch(p);
  double t = nowNs();
  madvise(p, bytes, MADV_DONTNEED);
  dontNeedNs = (nowNs() - t) / HOST_PAGES;
  munmap(p, bytes);
  return ns;
}

static double hostDontNeed(void) {
  hostFirstTouch();
  return dontNeedNs;
}

typedef struct {
  const char *id;
  double (*run)(void);
} Figure;

static const Figure figures[] = {
    {"c.map4k.seq.1t", mapSequential},       {"c.map4k.rand.1t", mapRandom},
    {"c.map4k.zero.1t", mapZeroing},         {"c.map4k.disjoint.2t", mapDisjoint},
    {"c.zap4k", zapLeaves},                  {"c.wrprot4k", writeProtectLeaves},
    {"c.walk", walkSequential},              {"hostkernel.resident", hostResidentFault},
    {"hostkernel.firsttouch", hostFirstTouch}, {"hostkernel.dontneed", hostDontNeed},
    {"c.dirtylog.getclear", collectAll},     {"c.dirtylog.getclear.sparse", collectSparse},
    {"c.age4k", ageLeaves},                  {"c.split2m", splitHuge},
    {"c.recover2m", recoverHuge},            {"c.fastpf", unprotectLeaves},
};
enum { FIGURES = sizeof figures / sizeof *figures };

static int byValue(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int n) {
  qsort(values, (size_t)n, sizeof *values, byValue);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void serve(void) {
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    double ns = -1;
    for (int i = 0; i < FIGURES; i++)
      if (!strcmp(line, figures[i].id)) ns = figures[i].run();
    printf("%.3f\n", ns);
    fflush(stdout);
  }
}

static void printMedians(int runs) {
  double values[FIGURES][MAX_RUNS];
  for (int run = 0; run < runs; run++)
    for (int i = 0; i < FIGURES; i++) values[i][run] = figures[i].run();
  printf("{");
  for (int i = 0; i < FIGURES; i++)
    printf("%s\"%s\":%.3f", i ? "," : "", figures[i].id, median(values[i], runs));
  printf("}\n");
}

static void makeRandomOrder(void) {
  randomOrder = reserve(PAGES * sizeof *randomOrder);
  uint64_t state = 0x9e3779b97f4a7c15ull;
  for (uint32_t i = 0; i < PAGES; i++) randomOrder[i] = i;
  for (uint32_t i = PAGES - 1; i > 0; i--) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    uint32_t j = (uint32_t)(state % (i + 1)), swap = randomOrder[i];
    randomOrder[i] = randomOrder[j], randomOrder[j] = swap;
  }
}

int main(int argc, char **argv) {
  tableArena = reserve(PAGE + (size_t)THREADS * TABLES_PER_THREAD * PAGE);
  dataArena = reserve((size_t)DATA_PAGES * PAGE);
  memset(dataArena, 1, (size_t)DATA_PAGES * PAGE);
  makeRandomOrder();
  for (int i = 0; i < FIGURES; i++) figures[i].run(); /* warm-up: also makes the kernel's free pages resident */
  if (argc > 1 && !strcmp(argv[1], "--serve")) {
    serve();
    return 0;
  }
  int runs = argc > 1 ? atoi(argv[1]) : 5;
  printMedians(runs < 1 ? 1 : runs > MAX_RUNS ? MAX_RUNS : runs);
  return 0;
}
