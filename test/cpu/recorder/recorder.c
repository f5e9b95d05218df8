/*
 * Records what this processor does: one instruction at a time, from a given state, in user mode.
 *
 *   recorder < inputs > results          both are streams of struct record
 *
 * The kernel loads and saves the states: an instruction ends in a fault (its own, or that of the HLT behind it, with
 * which all of the code region is filled); the signal's handler takes the result from the signal frame, puts the next
 * vector's input there and returns. So no register is out of reach and no assembly is needed.
 *
 * tools/vectors/layout.mjs has the same addresses and offsets; both are fixed, since results depend on them.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE_BASE 0x10000000ul
#define CODE_BYTES 0x10000ul
#define DATA_BASE 0x20000000ul
#define DATA_BYTES 0x2000ul
/* The part of the data pages that vectors use: half of it before the border of the two pages, half behind it. */
#define WINDOW 0xe00u
#define WINDOW_BYTES 1024u
#define CODE_MAX 16
#define HLT 0xf4
#define FX_BYTES 416

#define CS_64 0x33
#define CS_32 0x23
#define DATA_SELECTOR 0x2b

/* Not vectors: what is wrong with an input. */
#define TRAP_HANG 0xff
#define TRAP_STRAY 0x100

struct record {
  uint64_t gpr[16]; /* in the manuals' order */
  uint64_t rip;
  uint64_t rflags;
  uint32_t mode_or_trap; /* in: 32 or 64; out: exception vector */
  uint32_t error;        /* out */
  union {
    uint8_t code[CODE_MAX]; /* in */
    uint64_t cr2;           /* out: of a page fault */
  };
  uint8_t fx[FX_BYTES]; /* FXSAVE's image, to the end of XMM15 */
  uint8_t memory[WINDOW_BYTES];
};
_Static_assert(sizeof(struct record) == 1608, "a record is as tools/vectors/layout.mjs says");

#define BATCH 512
static struct record batch[BATCH];
static volatile size_t batch_count;
/* The vector under way; -1: none. */
static volatile long at;
static gregset_t own_registers;
static uint8_t own_fx[FX_BYTES];
static uint8_t *const code = (uint8_t *)CODE_BASE;
static uint8_t *const data = (uint8_t *)DATA_BASE;
static uint8_t zeros[DATA_BYTES];

static const int register_order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/* x87 and SSE are in use, whatever the frame says: XSTATE_BV follows the 512 bytes of FXSAVE. */
static void load_fx(void *frame, const uint8_t *fx) {
  uint64_t *xstate_bv = (uint64_t *)((uint8_t *)frame + 512);
  uint32_t mask;
  memcpy(&mask, (uint8_t *)frame + 28, 4);
  memcpy(frame, fx, FX_BYTES);
  memcpy((uint8_t *)frame + 28, &mask, 4);
  *xstate_bv |= 3;
}

static void load(ucontext_t *uc, const struct record *r) {
  greg_t *g = uc->uc_mcontext.gregs;
  for (int i = 0; i < 16; i++) g[register_order[i]] = (greg_t)r->gpr[i];
  g[REG_RIP] = (greg_t)r->rip;
  g[REG_EFL] = (greg_t)r->rflags;
  uint64_t cs = r->mode_or_trap == 32 ? CS_32 : CS_64;
  g[REG_CSGSFS] = (greg_t)(((uint64_t)g[REG_CSGSFS] & 0x0000ffffffff0000ul) | cs | (uint64_t)DATA_SELECTOR << 48);
  load_fx(uc->uc_mcontext.fpregs, r->fx);
  memcpy((void *)r->rip, r->code, CODE_MAX);
  memcpy(data + WINDOW, r->memory, WINDOW_BYTES);
}

static void save(ucontext_t *uc, struct record *r) {
  greg_t *g = uc->uc_mcontext.gregs;
  memset((void *)r->rip, HLT, CODE_MAX);
  for (int i = 0; i < 16; i++) r->gpr[i] = (uint64_t)g[register_order[i]];
  r->rip = (uint64_t)g[REG_RIP];
  r->rflags = (uint64_t)g[REG_EFL];
  r->mode_or_trap = (uint32_t)g[REG_TRAPNO];
  r->error = (uint32_t)g[REG_ERR];
  memset(r->code, 0, CODE_MAX);
  if (r->mode_or_trap == 14) r->cr2 = (uint64_t)g[REG_CR2];
  memcpy(r->fx, uc->uc_mcontext.fpregs, FX_BYTES);
  memcpy(r->memory, data + WINDOW, WINDOW_BYTES);
  memset(data + WINDOW, 0, WINDOW_BYTES);
  if (memcmp(data, zeros, DATA_BYTES) != 0) {
    r->mode_or_trap |= TRAP_STRAY;
    memset(data, 0, DATA_BYTES);
  }
}

static void on_signal(int number, siginfo_t *info, void *context) {
  /* With AC set, this function's own accesses would fault. */
  __asm__ volatile("pushfq\n\tandl $~0x40000, (%%rsp)\n\tpopfq" ::: "cc", "memory");
  (void)info;
  ucontext_t *uc = context;
  if (at < 0) {
    memcpy(own_registers, uc->uc_mcontext.gregs, sizeof(own_registers));
    memcpy(own_fx, uc->uc_mcontext.fpregs, FX_BYTES);
    own_registers[REG_RIP] += 1; /* behind the HLT */
  } else {
    save(uc, &batch[at]);
    if (number == SIGALRM) batch[at].mode_or_trap = TRAP_HANG;
  }
  at++;
  if ((size_t)at < batch_count) {
    load(uc, &batch[at]);
    return;
  }
  memcpy(uc->uc_mcontext.gregs, own_registers, sizeof(own_registers));
  load_fx(uc->uc_mcontext.fpregs, own_fx);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void map(uint64_t base, size_t bytes, int prot) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE;
  if (mmap((void *)base, bytes, prot, flags, -1, 0) != (void *)base) fail("mmap");
}

static void catch_signals(void) {
  static uint8_t stack[1 << 18];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
  if (sigaltstack(&alternate, NULL) != 0) fail("sigaltstack");
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  static const int numbers[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP, SIGALRM};
  for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
    if (sigaction(numbers[i], &action, NULL) != 0) fail("sigaction");
}

/* Bytes read: less than asked for only at the end. */
static size_t read_all(uint8_t *to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = read(0, to + done, bytes - done);
    if (n < 0 && errno != EINTR) fail("read");
    if (n == 0) break;
    if (n > 0) done += (size_t)n;
  }
  return done;
}

static void write_all(const uint8_t *from, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = write(1, from + done, bytes - done);
    if (n < 0 && errno != EINTR) fail("write");
    if (n > 0) done += (size_t)n;
  }
}

static void run_batch(void) {
  /* A vector that loops is ended by the alarm, and again if it is the next one that does. */
  struct itimerval timer = {.it_value = {.tv_sec = 2}, .it_interval = {.tv_sec = 1}};
  struct itimerval off = {0};
  setitimer(ITIMER_REAL, &timer, NULL);
  at = -1;
  __asm__ volatile("hlt" ::: "memory");
  setitimer(ITIMER_REAL, &off, NULL);
}

int main(void) {
  map(CODE_BASE, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC);
  map(DATA_BASE, DATA_BYTES, PROT_READ | PROT_WRITE);
  memset(code, HLT, CODE_BYTES);
  catch_signals();
  /* 32-bit code wants segments; GS-relative operands a base that is known. */
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"(DATA_SELECTOR));
  if (syscall(SYS_arch_prctl, ARCH_SET_GS, DATA_BASE) != 0) fail("arch_prctl");
  for (;;) {
    size_t bytes = read_all((uint8_t *)batch, sizeof(batch));
    if (bytes % sizeof(struct record) != 0) {
      fprintf(stderr, "the stream ends within a record\n");
      return 1;
    }
    batch_count = bytes / sizeof(struct record);
    if (batch_count == 0) return 0;
    run_batch();
    write_all((uint8_t *)batch, bytes);
  }
}
