/**
 * Every way in which core may find its own state impossible: one code each, thrown as CoreBug with this name. No input
 * of a caller or guest may lead here. Append at the end; `a` and `b` are what bug() was given.
 */

// --- sync ---
/** A lock is taken while one of the same or a later rank is held. a = rank held, b = rank wanted. */
export const BUG_LOCK_ORDER: u32 = 1;
/** A lock is released, or required to be held, by a CPU that does not hold it. a = its word, b = its rank. */
export const BUG_LOCK_OWNER: u32 = 2;
/** More locks held at once than a CPU can note. a = held, b = rank wanted. */
export const BUG_LOCK_STACK: u32 = 3;
/** A lock is held where none may be. a = rank held, b = number held. */
export const BUG_LOCK_HELD: u32 = 4;
/** An epoch section is entered twice, left or required outside one, or waited for inside one. a = which (1 to 4; 5: a fault that may invalidate). */
export const BUG_EPOCH: u32 = 5;
/** A guest-mode transition from the wrong state. a = mode found, b = vcpu id. */
export const BUG_GUEST_MODE: u32 = 6;
/** A RwLock is read-locked while another of its read class is. a = lock held, b = lock wanted. */
export const BUG_READ_CLASS: u32 = 7;

// --- mm ---
/** A frame is freed that is not the head of an allocated block of that order. a = pfn, b = kind | order << 8 | flags << 16. */
export const BUG_FRAME_FREE: u32 = 32;
/** A frame is freed while it has users. a = pfn, b = its reference count. */
export const BUG_FRAME_IN_USE: u32 = 33;
/** A free frame was written to: its poison is gone. a = address of the word, b = what is there. */
export const BUG_FRAME_POISON: u32 = 34;
/** A reference count is taken from, or dropped below, 0. a = pfn, b = the count before. */
export const BUG_FRAME_REFCOUNT: u32 = 35;
/** A frame number outside of the arena. a = pfn, b = where (0 = metadata, 1 = contents). */
export const BUG_FRAME_RANGE: u32 = 36;
/** A kind that cannot be allocated, or an order beyond 2 MiB. a = order, b = kind. */
export const BUG_FRAME_KIND: u32 = 37;
/** kfree of an address that is no object of a slab. a = address, b = kind of its frame. */
export const BUG_SLAB_POINTER: u32 = 38;
/** kfree of an object that is free already. a = address, b = object size. */
export const BUG_SLAB_DOUBLE_FREE: u32 = 39;
/** A free slab object was written to. a = address of the word, b = what is there. */
export const BUG_SLAB_POISON: u32 = 40;
/** kalloc of 0 bytes, or more than a slab holds. a = bytes. */
export const BUG_SLAB_SIZE: u32 = 41;
/** karrayAt beyond the array's end. a = byte offset, b = array size in bytes. */
export const BUG_KARRAY_RANGE: u32 = 42;
/** The allocator's own lists or counts disagree (frameInvariantCheck). a = pfn or count, b = which check. */
export const BUG_FRAME_INVARIANT: u32 = 43;

// --- hw ---
/** A TLB's number of entries is no power of two, or less than 2. a = entries, b = base. */
export const BUG_TLB_GEOMETRY: u32 = 80;
/** A translation of a size that no instruction has. a = bytes, b = gpa. */
export const BUG_ACCESS_SIZE: u32 = 81;

// --- hostmm ---
/** A host table entry is no combination that layout/hostmm.ts lists, or not what the VMA allows. a = entry, b = hva. */
export const BUG_HOST_ENTRY: u32 = 64;
/** A reference count of an address space, object, phantom range or pager request is dropped below 0. a = address, b = count. */
export const BUG_HOST_REFCOUNT: u32 = 65;
/** A 2 MiB block's count of huge mappings is dropped below 0, or its frames disagree. a = pfn, b = what was found. */
export const BUG_HOST_BLOCK: u32 = 66;
/** A host table is freed with entries in it. a = table, b = entry. */
export const BUG_HOST_TABLE_LEAK: u32 = 67;
/** A swap slot's references are dropped below 0, or a free slot is used. a = slot, b = its word. */
export const BUG_SWAP_SLOT: u32 = 68;
/** A page that the host takes for clean was written by a vCPU. a = entry, b = the address space's id. */
export const BUG_HOST_DIRTY: u32 = 69;

// --- mmu ---
/** An SPTE change that the table of legal transitions does not list. a = old, b = new. */
export const BUG_SPTE_TRANSITION: u32 = 96;
/** An SPTE's own bits contradict each other. a = spte, b = level. */
export const BUG_SPTE_BITS: u32 = 97;
/** A table is freed with present entries or references. a = its MmuPage, b = what was found. */
export const BUG_TABLE_LEAK: u32 = 98;
/** A counter of a VM is not zero when it is destroyed. a = which, b = its value. */
export const BUG_VM_LEAK: u32 = 99;
/** A root's reference count is taken from, or dropped below, 0, or its last reference goes while it is valid. a = MmuPage, b = count. */
export const BUG_ROOT_REFCOUNT: u32 = 100;
/** The in-progress count of invalidations went below 0, or is 0 while one extends its range (b = 2). a = vm id. */
export const BUG_INVALIDATE_COUNT: u32 = 101;
/** A vCPU's memory cache is empty where it was topped up before. a = which cache. */
export const BUG_MMU_CACHE: u32 = 102;

// --- lab: what the model checker's monitors find (core/lab) ---
/** A processor walks a table that is free, or another's. a = the table, b = gpa. */
export const BUG_LAB_TABLE: u32 = 128;
/** A guest access through a translation that a finished change, or a finished remote flush, had taken away. a = gpa, b = 1: changed, 2: flushed. */
export const BUG_LAB_STALE: u32 = 129;
/** A guest access to a frame that is free or no guest memory. a = gpa, b = pfn. */
export const BUG_LAB_FRAME: u32 = 130;
/** A guest access to a frame that the slot's host address does not map, or does not let it write. a = gpa, b = pfn. */
export const BUG_LAB_HOST: u32 = 131;
/** Two vCPUs use different frames for one gfn. a = gpa, b = pfn. */
export const BUG_LAB_TWO_FRAMES: u32 = 132;
/** A guest write through a translation to a gfn whose writes are tracked. a = gpa, b = pfn. */
export const BUG_LAB_TRACKED: u32 = 133;
/** A guest write that neither the dirty log nor a buffer on its way there knows. a = gpa, b = pfn. */
export const BUG_LAB_LOST_DIRTY: u32 = 134;
/** A frame or table is freed while a processor in the guest has a translation of it. a = pfn, b = gpa. */
export const BUG_LAB_FREED_IN_USE: u32 = 135;
/** A CPU went on for too long while others waited for its lock. a = accesses to page tables, b = limit. */
export const BUG_LAB_SECTION: u32 = 136;
/** A table is taken down while its parent's live entry is still frozen: vCPUs spin on it meanwhile. a = MmuPage, b = parent entry's address. */
export const BUG_LAB_FROZEN: u32 = 137;
/** A guest store to a frame whose decoded instructions are cached goes the fast way, unreported. a = gpa, b = pfn. */
export const BUG_LAB_CODE: u32 = 138;
/** A vCPU accesses memory on a CPU that it is not bound to: requests and flushes look for it elsewhere. a = vcpu, b = CPU. */
export const BUG_LAB_UNBOUND: u32 = 139;
