/*
 * Ring 3 of 64-bit mode: what is refused there, and the ways to ring 0 and back: interrupts, SYSCALL, a call gate.
 * The part behind `user` is copied to a page of ring 3. test/cpu/guests.test.ts has the log.
 */
        .include "long_mode.inc"
        .include "log.inc"

        .set USER_STACK, USER + 0x10000
        .set GATE, 0x58

        .macro wrmsr_const number, low, high
        movl $\number, %ecx
        movl $\low, %eax
        movl $\high, %edx
        wrmsr
        .endm

        /* Has ring 0 log a value: id in %r10, value in %rax. */
        .macro tell id
        movl $0x100 + \id, %r10d
        int $40
        .endm

long_mode:
        call load_tables
        movb $0xee, IDT + 32 * 16 + 5   /* an interrupt gate for ring 3 */
        movb $0xee, IDT + 33 * 16 + 5   /* another, on a stack of its own */
        movb $1, IDT + 33 * 16 + 4
        movb $0xef, IDT + 34 * 16 + 5   /* a trap gate */
        movw $teller, IDT + 40 * 16
        movb $0xee, IDT + 40 * 16 + 5
        movw $leaver, IDT + 41 * 16
        movb $0xee, IDT + 41 * 16 + 5
        movb $0xff, TSS + 0x68 + 0x21   /* behind the bitmap, for later */
        wrmsr_const 0xc0000081, 0, (USER_CODE32 << 16) | CODE64         /* STAR */
        wrmsr_const 0xc0000082, syscall_entry, 0                        /* LSTAR */
        wrmsr_const 0xc0000084, 0x400, 0                                /* SFMASK: DF */
        wrmsr_const 0xc0000102, 0x5678, 0x1234                          /* KERNEL_GS_BASE */
        wrmsr_const 0xc0000101, 0x4321, 0                               /* GS_BASE */
        swapgs
        movl $0xc0000101, %ecx
        rdmsr
        shlq $32, %rdx
        orq %rdx, %rax
        note 0 %rax
        swapgs
        /* A call gate to ring 0. */
        movq $gate_entry, %rax
        movw %ax, gdt + GATE
        movw $CODE64, gdt + GATE + 2
        movw $0xec00, gdt + GATE + 4
        shrq $16, %rax
        movw %ax, gdt + GATE + 6
        movl $user, %esi
        movl $USER, %edi
        movl $user_end - user, %ecx
        rep movsb
        pushq $USER_DATA | 3
        pushq $USER_STACK
        pushq $0x2
        pushq $USER_CODE64 | 3
        pushq $USER
        iretq

syscall_entry:
        /* RCX: the next instruction; R11: RFLAGS. */
        movq %rsp, %rbx
        movq $STACK, %rsp
        movq %rcx, %rax
        subq %r13, %rax
        note 0x10 %rax
        andl $0xcff, %r11d
        note 0x11 %r11
        orl $2, %r11d
        pushfq
        popq %rax
        note 0x12 %rax
        movl %cs, %eax
        note 0x13 %rax
        movl %ss, %eax
        note 0x14 %rax
        movq %rbx, %rsp
        sysretq

gate_entry:
        /* RIP, CS, RSP, SS on ring 0's stack. */
        movq (%rsp), %rax
        subq %r13, %rax
        note 0x20 %rax
        movq 8(%rsp), %rax
        note 0x21 %rax
        movq 16(%rsp), %rax
        note 0x22 %rax
        movq 24(%rsp), %rax
        note 0x23 %rax
        movl %cs, %eax
        note 0x24 %rax
        movl %ss, %eax
        note 0x25 %rax
        movq %rsp, %rax
        note 0x26 %rax
        lretq

teller: movl %r10d, (%r15)
        movl $0, 4(%r15)
        movq %rax, 8(%r15)
        movq $0, 16(%r15)
        movq $0, 24(%r15)
        addq $32, %r15
        iretq

leaver: finish

        .balign 16
user:
        /* Refused. */
        provoke hlt
        provoke cli
        provoke sti
        provoke movq %cr0, %rax
        provoke movq %rax, %cr3
        provoke movq %dr7, %rax
        provoke rdmsr
        provoke wrmsr
        provoke lgdt (%rsp)
        provoke lidt (%rsp)
        provoke lldt %ax
        provoke ltr %ax
        provoke lmsw %ax
        provoke clts
        provoke invlpg (%rsp)
        provoke wbinvd
        provoke invd
        provoke swapgs
        provoke inb $0x80, %al
        provoke outl %eax, $0x80
        provoke sysretq
        provoke int $13
        movl $DATA, %eax
        provoke movl %eax, %ds
        movl $CODE64, %eax
        provoke movl %eax, %es
        movl $0x48, %eax
        provoke movl %eax, %es
        /* Ring 0's pages. */
        provoke movb 0x9000, %al
        provoke movb %al, 0x9000
        movl $0x8000, %eax
        movl $0x8000, %r14d
        leaq 1f(%rip), %r13
        jmp *%rax
1:
        /* Gates. */
        provoke int $32
        provoke int $33
        provoke int $34
        provoke int3
        provoke .byte 0xf1
        /* POPF changes neither IF nor IOPL. */
        pushq $0x3ed7
        popfq
        pushfq
        popq %rax
        tell 0x30
        pushq $2
        popfq
        /* Selectors, looked at. */
        xorl %eax, %eax
        movl $CODE64, %ecx
        lar %ecx, %eax
        setz %al
        tell 0x31
        movl $USER_CODE64 | 3, %ecx
        lar %ecx, %eax
        andl $0x00f0ff00, %eax
        tell 0x32
        movl $USER_DATA | 3, %ecx
        lsl %ecx, %eax
        tell 0x33
        movl $0x50, %ecx
        xorl %eax, %eax
        verr %cx
        setz %al
        tell 0x34
        movl $USER_DATA | 3, %ecx
        verw %cx
        setz %al
        tell 0x35
        movl $USER_CODE64 | 3, %ecx
        verw %cx
        setz %al
        tell 0x36
        xorl %eax, %eax
        str %eax
        tell 0x37
        movl $-1, %eax
        sldt %eax
        tell 0x38
        smsw %eax
        andl $0x3f, %eax
        tell 0x39
        /* SYSCALL, with all flags that can be. */
        pushq $0xcd7
        popfq
        leaq 1f(%rip), %r13
        syscall
1:      movl %cs, %eax
        tell 0x3a
        movl %ss, %eax
        tell 0x3b
        pushfq
        popq %rax
        tell 0x3c
        /* Through the call gate. */
        leaq 1f(%rip), %r13
        movq %rsp, %rbx
        lcall *gate_pointer(%rip)
1:      movl %cs, %eax
        tell 0x3d
        movl %ss, %eax
        tell 0x3e
        xorl %eax, %eax
        cmpq %rbx, %rsp
        sete %al
        tell 0x3f
        /* Compatibility mode: 32-bit pushes, INC by 40, and back. */
        movabsq $0x1111111100000000, %rdx
        movl $USER_STACK - 64, %esp
        ljmp *compatible_pointer(%rip)
        .code32
compatible:
        movl $0x7ffffffe, %edx
        .byte 0x42                      /* inc %edx; in 64-bit mode it is REX */
        pushl %edx
        movl %esp, %eax
        movl $0x100 + 0x40, %ebx
        ljmp $USER_CODE64 | 3, $USER + 3f - user
        .code64
3:      movl %eax, %eax
        tell 0x40
        movq %rdx, %rax
        tell 0x41
        movl (%rsp), %eax
        tell 0x42
        int $41

        .balign 8
gate_pointer:
        .long 0
        .word GATE | 3
compatible_pointer:
        .long USER + compatible - user
        .word USER_CODE32 | 3
user_end:
