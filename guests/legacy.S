/*
 * Protected mode without paging, and what surrounds it: real-mode interrupts, 16- and 32-bit gates, call gates with
 * parameters, levels, tasks, and the way back to real mode. test/core/cpu/system/legacy.test.ts has the log.
 *
 *   6000 IDT   7000, 7100, 7200 TSSs   7f00 end of the log   8000 the guest   10000 the log: pairs of (id, value)
 */
        .set LOG, 0x10000
        .set LOG_END, 0x7f00
        .set IDT, 0x6000
        .set TSS, 0x7000
        .set TSS_B, 0x7100
        .set TSS_16, 0x7200
        .set STACK, 0x90000
        .set STACK_RING0, 0xa0000
        .set STACK_B, 0xb0000
        .set STACK_16, 0x3000
        .set STACK_USER, 0xc0000

        .set CODE, 0x08
        .set DATA, 0x10
        .set CODE16, 0x18
        .set DATA16, 0x20
        .set USER_CODE, 0x28
        .set USER_DATA, 0x30
        .set TASK, 0x38
        .set TASK_B, 0x40
        .set GATE, 0x48
        .set TASK_16, 0x50
        .set LDT, 0x58
        .set TASK_GATE, 0x60
        .set CONFORMING, 0x68
        .set GATE_16, 0x70
        .set READ_ONLY, 0x78

        /* (id, value) to the log; %ebp is lost. */
        .macro note id, value:vararg
        movl LOG_END, %ebp
        movl $\id, (%ebp)
        movl \value, 4(%ebp)
        addl $8, LOG_END
        .endm

        /* Provokes an exception at %esi; the handler logs (0xe00 + vector, error) and goes on at %edi. */
        .macro provoke code:vararg
        movl $1f, %esi
        movl $2f, %edi
1:      \code
2:
        .endm

        .code16
        .globl _start
_start: cli
        xorw %ax, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movl $0x7e00, %esp
        movl $LOG, LOG_END
        /* Interrupt 0x21 through the vector table. */
        movw $real_handler, 0x21 * 4
        movw $0, 0x21 * 4 + 2
        sti
        int $0x21
        pushfw
        popw %bx
        andw $0x200, %bx                /* IF is back */
        cli
        /* Unreal mode: a limit of 4 GiB stays in DS. */
        lgdtl gdtr
        movl %cr0, %eax
        orb $1, %al
        movl %eax, %cr0
        movw $DATA, %cx
        movw %cx, %ds
        andb $0xfe, %al
        movl %eax, %cr0
        xorw %cx, %cx
        movw %cx, %ds
        movl $0x12345678, %eax
        movl %eax, 0x20000(,%ecx)
        addr32 movl 0x20000, %edx
        /* Protected mode, 16 bits, then 32. */
        movl %cr0, %eax
        orb $1, %al
        movl %eax, %cr0
        ljmpw $CODE16, $1f
1:      movw $DATA16, %cx
        movw %cx, %ss
        ljmpl $CODE, $protected

real_handler:
        movw %sp, real_sp
        movw (%esp), %ax
        iretw
real_sp: .long 0

        .code32
protected:
        movl $DATA, %ecx
        movl %ecx, %ds
        movl %ecx, %es
        movl %ecx, %ss
        movl $STACK, %esp
        note 1 %ebx
        note 2 %edx
        movl real_sp, %eax
        note 3 %eax

        /* All exceptions: 32-bit interrupt gates. */
        xorl %ecx, %ecx
1:      leal entries(, %ecx, 8), %eax
        movl %eax, %edx
        andl $0xffff, %edx
        orl $CODE << 16, %edx
        movl %edx, IDT(, %ecx, 8)
        andl $0xffff0000, %eax
        orl $0x8e00, %eax
        movl %eax, IDT + 4(, %ecx, 8)
        incl %ecx
        cmpl $32, %ecx
        jb 1b
        lidtl idtr
        /* TSS: its stack for ring 0. */
        movl $STACK_RING0, TSS + 4
        movl $DATA, TSS + 8
        movw $0x68, TSS + 0x66
        movl $TASK, %eax
        ltr %ax
        strl %eax
        note 4 %eax
        movl $LDT, %eax
        lldt %ax
        sldtl %eax
        note 5 %eax

        /* LAR, LSL, VERR, VERW, ARPL. */
        movl $USER_DATA, %ecx
        larl %ecx, %eax
        note 0x10 %eax
        lsll %ecx, %eax
        note 0x11 %eax
        movl $READ_ONLY, %ecx
        verw %cx
        setz %al
        verr %cx
        setz %ah
        movzwl %ax, %eax
        note 0x12 %eax
        movl $0x1234, %ecx
        larl %ecx, %eax
        setz %al
        movzbl %al, %eax
        note 0x13 %eax
        movl $0x40, %eax
        movl $0x3, %ecx
        arpl %cx, %ax
        note 0x14 %eax

        /* Refused loads. */
        movl $0x1230, %eax
        provoke movl %eax, %ds
        xorl %eax, %eax
        provoke movl %eax, %ss
        movl $READ_ONLY, %eax
        provoke movl %eax, %ss
        movl $USER_DATA | 3, %eax
        provoke movl %eax, %ss
        movl $READ_ONLY, %eax
        movl %eax, %es
        provoke movb %al, %es:0x100
        movl $DATA, %eax
        movl %eax, %es
        xorl %eax, %eax
        movl %eax, %fs
        provoke movb %fs:0, %al
        provoke ljmpl $DATA, $0
        provoke ljmpl $0, $0
        provoke int $0x40

        /* 16-bit interrupt gate, 32-bit trap gate. */
        movl $CODE16 << 16, %eax
        movw $handler16, %ax
        movl %eax, IDT + 30 * 8
        movl $0x8600, IDT + 30 * 8 + 4
        movl $handler_trap, %eax
        movw %ax, IDT + 31 * 8
        movw $0x8f00, IDT + 31 * 8 + 4
        sti
        movl %esp, %ebx
        int $30
        subl %esp, %ebx
        note 0x20 %ebx                  /* %ebx is the handler's %esp: a frame of 6 bytes */
        int $31
        cli

        /* Ring 3, through IRET. */
        movw $0xee00, IDT + 29 * 8 + 4          /* for ring 3 */
        pushl $USER_DATA | 3
        pushl $STACK_USER
        pushl $0x3002                           /* IOPL 3 */
        pushl $USER_CODE | 3
        pushl $user
        iretl

        .code16
handler16:
        movl %esp, %ebx
        addr32 movw 4(%esp), %cx                /* FLAGS: IF was set */
        iretw
        .code32

handler_trap:
        pushfl
        popl %eax
        andl $0x200, %eax
        note 0x21 %eax                          /* a trap gate leaves IF */
        iretl

        /* Ring 3. */
user:   movl $USER_DATA | 3, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %cs, %eax
        note 0x30 %eax
        provoke hlt
        provoke movl %cr0, %eax
        provoke int $14                         /* its gate is ring 0's */
        movl $DATA, %eax
        provoke movl %eax, %es
        /* A call gate with two parameters. */
        pushl $0x11111111
        pushl $0x22222222
        lcall $GATE | 3, $0
        movl %ds, %ebx                          /* ring 0's, so it was taken away */
        movl $USER_DATA | 3, %eax
        movl %eax, %ds
        note 0x33 %esp
        note 0x34 %ebx
        /* A conforming segment keeps the level. */
        lcall $CONFORMING, $conforming
        /* A 16-bit gate. */
        lcall $GATE_16 | 3, $0
        note 0x37 %esp
        int $29                                 /* back to ring 0, see leave_user */

conforming:
        movl %cs, %eax
        note 0x35 %eax
        lretl

        /* The call gate's target: EIP, CS, two parameters, ESP, SS. */
gate_target:
        movl 8(%esp), %eax
        note 0x31 %eax
        movl 12(%esp), %eax
        note 0x32 %eax
        movl $DATA, %eax
        movl %eax, %ds
        lretl $8
gate_target_16:
        movl %esp, %eax
        note 0x36 %eax
        lretw

leave_user:
        movl $DATA, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %cs, %eax
        note 0x38 %eax
        movl (%esp), %eax
        movl 12(%esp), %eax                     /* the user's ESP */
        note 0x39 %eax
        movl $STACK, %esp

        /* Tasks. B: by CALL, back by IRET with NT. */
        movl $task_b, TSS_B + 32
        movl $2, TSS_B + 36
        movl $STACK_B, TSS_B + 56
        movl $0x0b0b0b0b, TSS_B + 40
        movl $DATA, TSS_B + 72
        movl $CODE, TSS_B + 76
        movl $DATA, TSS_B + 80
        movl $DATA, TSS_B + 84
        movl $DATA, TSS_B + 88
        movl $DATA, TSS_B + 92
        movl $0, TSS_B + 96
        lcall $TASK_B, $0
        pushfl
        popl %eax
        andl $0x4000, %eax
        note 0x44 %eax                          /* NT is clear */
        strl %eax
        note 0x45 %eax
        movl %cr0, %eax
        andl $8, %eax
        note 0x46 %eax                          /* TS */
        /* By a task gate in the IDT, with an error code: #NP of a segment. */
        movl $task_error, TSS_B + 32
        movl $STACK_B, TSS_B + 56
        movl $TASK_B << 16, IDT + 11 * 8
        movl $0x8500, IDT + 11 * 8 + 4
        movb $0x13, gdt + READ_ONLY + 5         /* not present now */
        movl $READ_ONLY, %eax
not_there:
        movl %eax, %gs
        note 0x4a %eax
        /* By JMP, to a 16-bit task and back to a 32-bit one. */
        movw $task_16, TSS_16 + 14
        movw $2, TSS_16 + 16
        movw $STACK_16, TSS_16 + 26
        movw $DATA16, TSS_16 + 34
        movw $CODE16, TSS_16 + 36
        movw $DATA16, TSS_16 + 38
        movw $DATA, TSS_16 + 40
        movw $0, TSS_16 + 42
        ljmpl $TASK_16, $0
        strl %eax
        note 0x4c %eax
        /* A busy task, and one that is too small. */
        provoke lcall $TASK, $0
        movw $0x20, gdt + TASK_B
        provoke lcall $TASK_B, $0

        /* SYSENTER and SYSEXIT. */
        movl $0x174, %ecx
        movl $CODE, %eax
        xorl %edx, %edx
        wrmsr
        movl $0x175, %ecx
        movl $STACK_RING0, %eax
        wrmsr
        movl $0x176, %ecx
        movl $sysenter_entry, %eax
        wrmsr
        movl $user2, %edx
        movl $STACK_USER, %ecx
        sysexit
user2:  movl %cs, %eax
        note 0x50 %eax
        movl %ss, %eax
        note 0x51 %eax
        sysenter
sysenter_entry:
        movl %cs, %eax
        note 0x52 %eax
        note 0x53 %esp

        /* Back to real mode. */
        movl $DATA, %eax
        movl %eax, %ss
        ljmpl $CODE16, $1f
        .code16
1:      movw $DATA16, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movw %ax, %fs
        movw %ax, %gs
        movl %cr0, %eax
        andb $0xfe, %al
        movl %eax, %cr0
        ljmpw $0, $1f
1:      xorw %ax, %ax
        movw %ax, %ss
        movw %ax, %ds
        movl $0x7e00, %esp
        lidtl idtr_real
        int $0x21
        movl %cs, %ebx
        movl $0x600d, %edx
        hlt

        .code32
task_b: note 0x40 %eax
        strl %eax
        note 0x41 %eax
        pushfl
        popl %eax
        andl $0x4000, %eax
        note 0x42 %eax                          /* NT is set */
        movzwl TSS_B, %eax
        note 0x43 %eax                          /* the way back */
        iretl

task_error:
        popl %eax
        note 0x47 %eax                          /* the error code */
        movl TSS + 32, %eax
        subl $not_there, %eax
        note 0x48 %eax                          /* the old task's EIP: the instruction's */
        addl $2, TSS + 32
        iretl

        .code16
task_16:
        strw %ax
        movl LOG_END, %ebp
        movl $0x4b, %ds:(%ebp)
        movzwl %ax, %eax
        movl %eax, %ds:4(%ebp)
        addl $8, LOG_END
        ljmpl $TASK, $0

        .code32
handler:
        /* On the stack: vector, error code, EIP, CS, EFLAGS (ESP, SS). */
        pushl %eax
        pushl %ebp
        pushl %ds
        movl $DATA, %eax
        movl %eax, %ds
        movl LOG_END, %ebp
        movl 12(%esp), %eax
        addl $0xe00, %eax
        movl %eax, (%ebp)
        movl 16(%esp), %eax
        movl %eax, 4(%ebp)
        addl $8, LOG_END
        cmpl %esi, 20(%esp)
        je 1f
        movl $0xbad, (%ebp)
1:      movl %edi, 20(%esp)
        popl %ds
        popl %ebp
        popl %eax
        addl $8, %esp
        iretl

        .balign 8
entries:
        .irp vector, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28
        .balign 8
        call with_vector
        .byte \vector
        .endr
        .balign 8
        jmp leave_user
        .balign 8
        jmp handler
        .balign 8
        jmp handler
with_vector:
        /* The vector is the byte behind the call. */
        xchgl %eax, (%esp)
        movzbl %cs:(%eax), %eax
        cmpl $8, %eax
        je 1f
        cmpl $17, %eax
        je 1f
        cmpl $10, %eax
        jb 2f
        cmpl $14, %eax
        jbe 1f
2:      xchgl %eax, (%esp)
        /* A word for the error code that is not there, below the vector. */
        pushl (%esp)
        movl $-1, 4(%esp)
        jmp handler
1:      xchgl %eax, (%esp)
        jmp handler

        .balign 8
gdt:    .quad 0
        .quad 0x00cf9b000000ffff        /* 08: code */
        .quad 0x00cf93000000ffff        /* 10: data */
        .quad 0x00009b000000ffff        /* 18: 16-bit code */
        .quad 0x000093000000ffff        /* 20: 16-bit data */
        .quad 0x00cffb000000ffff        /* 28: code, ring 3 */
        .quad 0x00cff3000000ffff        /* 30: data, ring 3 */
        .quad 0x0000890070000067        /* 38: TSS at 7000 */
        .quad 0x0000890071000067        /* 40: TSS at 7100 */
gate:   .word gate_target, CODE, 0xec02, 0      /* 48: call gate for ring 3, two parameters */
        .quad 0x000081007200002b        /* 50: 16-bit TSS at 7200 */
        .quad 0x0000820073000017        /* 58: LDT at 7300 */
        .quad 0x0000e50000400000        /* 60: task gate */
        .quad 0x00cf9f000000ffff        /* 68: conforming code */
gate16: .word gate_target_16, CODE, 0xe400, 0   /* 70: 16-bit call gate for ring 3 */
        .quad 0x00cf91000000ffff        /* 78: data that cannot be written */
gdt_end:
gdtr:   .word gdt_end - gdt - 1
        .long gdt
idtr:   .word 32 * 8 - 1
        .long IDT
idtr_real:
        .word 0x3ff
        .long 0
