/*
 * Runs single instructions on this processor: cases from stdin, results to stdout, both arrays of fixed records.
 * The instruction finds its memory operand at [rdx] and may change rax, flags, x87 and SSE state.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct record {
  uint8_t fx[512];
  uint8_t memory[1024];
  uint64_t flags;
  uint64_t rax;
  uint8_t code[16];
  uint32_t signal;
  uint32_t pad[7];
} __attribute__((aligned(64)));

extern uint8_t template_start[], template_slot[], template_end[];

/* rdi: the case; rsi: the result. */
__asm__(
    ".data\n"
    "template_start:\n"
    "  push %rbx\n  push %rbp\n  push %rsi\n"
    "  mov %rdi, %rbx\n  mov %rsi, %rbp\n"
    "  lea 512(%rbp), %rdx\n"
    "  mov 1544(%rbx), %rax\n"
    "  fxrstor64 (%rbx)\n"
    "  pushq 1536(%rbx)\n  popfq\n"
    "template_slot:\n"
    "  .fill 16, 1, 0x90\n"
    "  pushfq\n  popq 1536(%rbp)\n"
    "  mov %rax, 1544(%rbp)\n"
    "  fxsave64 (%rbp)\n"
    "  fninit\n"
    "  cld\n"
    "  pop %rsi\n  pop %rbp\n  pop %rbx\n"
    "  ret\n"
    "template_end:\n"
    ".text\n");

static sigjmp_buf back;
static struct record *result;

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  memcpy(result->fx, uc->uc_mcontext.fpregs, 512);
  result->flags = (uint64_t)uc->uc_mcontext.gregs[REG_EFL];
  result->rax = (uint64_t)uc->uc_mcontext.gregs[REG_RAX];
  result->signal = (uint32_t)number;
  siglongjmp(back, 1);
}

int main(void) {
  size_t size = (size_t)(template_end - template_start);
  uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NODEFER};
  struct record in, out;
  int signals[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
  if (page == MAP_FAILED) return 1;
  memcpy(page, template_start, size);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    uint32_t mxcsr = 0x1f80;
    out = in;
    out.signal = 0;
    result = &out;
    memcpy(page + (template_slot - template_start), in.code, 16);
    if (sigsetjmp(back, 1) == 0) ((void (*)(struct record *, struct record *))(void *)page)(&in, &out);
    __asm__ volatile("fnclex\n fninit\n ldmxcsr %0" : : "m"(mxcsr));
    if (fwrite(&out, sizeof out, 1, stdout) != 1) return 1;
  }
  return 0;
}
