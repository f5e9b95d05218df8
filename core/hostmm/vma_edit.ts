/**
 * Changes to the set of VMAs, in two steps: prepare builds the new array with every VMA it needs and may fail without
 * a trace; commit publishes it and cannot. Partial ranges split VMAs, and neighbours that continue each other merge.
 * @holds mmapLock:write, from prepare to commit or drop
 *
 * A VMA made by the edit is marked VMA_FRESH until commit; one that the new array has no more is VMA_DOOMED.
 */

import { Mm, Vma, VMA_DOOMED, VMA_FRESH, VmaArray } from "../layout/hostmm";
import { Hva } from "../layout/types";
import {
  vmaArrayAlloc,
  vmaArrayFree,
  vmaArrayFreeDeferred,
  vmaArrayOf,
  vmaArrayPublish,
  vmaAt,
  vmaClone,
  vmaCount,
  vmaFree,
  vmaFreeDeferred,
  vmaIsContinued,
  vmaSetAt,
} from "./vma";

/** What becomes of the VMAs inside the range. */
export const EDIT_REMOVE: u32 = 0;
export const EDIT_PROTECT: u32 = 1;

/**
 * The array without [start, end) (EDIT_REMOVE), or with `prot` there (EDIT_PROTECT).
 * @ret the array to commit or drop; null = out of memory, nothing happened
 */
export function vmaEditPrepare(mm: Mm, start: Hva, end: Hva, edit: u32, prot: u32): VmaArray {
  const old = vmaArrayOf(mm);
  const n = vmaCount(old);
  const array = vmaArrayAlloc(n + 2); // at most: a range inside one VMA makes three of it
  if (changetype<usize>(array) == 0) return array;
  for (let i: u32 = 0; i < n; i++) {
    const vma = vmaAt(old, i);
    const isDone = vma.end <= start || vma.start >= end ? append(array, vma) : cut(array, vma, start, end, edit, prot);
    if (!isDone) {
      vmaEditDrop(mm, array);
      return changetype<VmaArray>(0);
    }
  }
  return array;
}

/**
 * The array with `added`, a VMA in a free range that its maker has marked VMA_FRESH; it belongs to the edit from now on.
 * @ret as vmaEditPrepare; on failure `added` is freed too
 */
export function vmaEditInsert(mm: Mm, added: Vma): VmaArray {
  const old = vmaArrayOf(mm);
  const n = vmaCount(old);
  const array = vmaArrayAlloc(n + 1);
  if (changetype<usize>(array) == 0) {
    vmaFree(added);
    return array;
  }
  let i: u32 = 0;
  let isDone = true;
  for (; i < n && vmaAt(old, i).start < added.start; i++) isDone = isDone && append(array, vmaAt(old, i));
  isDone = append(array, added) && isDone;
  for (; i < n; i++) isDone = isDone && append(array, vmaAt(old, i));
  if (isDone) return array;
  vmaEditDrop(mm, array);
  return changetype<VmaArray>(0);
}

/** Publishes what was prepared. */
export function vmaEditCommit(mm: Mm, array: VmaArray): void {
  const old = vmaArrayOf(mm);
  for (let i: u32 = 0; i < array.count; i++) vmaAt(array, i).edit = 0;
  vmaArrayPublish(mm, array);
  for (let i: u32 = 0; i < vmaCount(old); i++) if (vmaAt(old, i).edit == VMA_DOOMED) vmaFreeDeferred(vmaAt(old, i));
  vmaArrayFreeDeferred(old); // last: deferring may free what is due
}

/** Forgets what was prepared. */
export function vmaEditDrop(mm: Mm, array: VmaArray): void {
  for (let i: u32 = 0; i < array.count; i++) if (vmaAt(array, i).edit == VMA_FRESH) vmaFree(vmaAt(array, i));
  vmaArrayFree(array);
  const old = vmaArrayOf(mm);
  for (let i: u32 = 0; i < vmaCount(old); i++) vmaAt(old, i).edit = 0;
}

/** Appends the pieces of `vma`, which meets [start, end). False = out of memory. */
function cut(array: VmaArray, vma: Vma, start: Hva, end: Hva, edit: u32, prot: u32): bool {
  vma.edit = VMA_DOOMED;
  if (vma.start < start && !appendPiece(array, vma, vma.start, start, vma.prot)) return false;
  if (edit == EDIT_PROTECT && !appendPiece(array, vma, max(vma.start, start), min(vma.end, end), prot)) return false;
  return vma.end <= end || appendPiece(array, vma, end, vma.end, vma.prot);
}

function appendPiece(array: VmaArray, like: Vma, start: Hva, end: Hva, prot: u32): bool {
  const piece = vmaClone(like, start, end);
  if (changetype<usize>(piece) == 0) return false;
  piece.prot = prot;
  piece.edit = VMA_FRESH;
  return append(array, piece);
}

/** Puts `vma` last, or makes the last VMA longer by it. False = out of memory; a fresh one is then freed. */
function append(array: VmaArray, vma: Vma): bool {
  const n = array.count;
  if (n == 0 || !vmaIsContinued(vmaAt(array, n - 1), vma)) {
    vmaSetAt(array, n, vma);
    array.count = n + 1;
    return true;
  }
  const last = lengthen(vmaAt(array, n - 1), vma.end);
  const isDone = changetype<usize>(last) != 0;
  if (isDone) vmaSetAt(array, n - 1, last);
  if (vma.edit == VMA_FRESH) vmaFree(vma);
  else vma.edit = VMA_DOOMED;
  return isDone;
}

/** `vma` up to `end`: itself if nobody else has seen it, else a copy. Null = out of memory. */
function lengthen(vma: Vma, end: Hva): Vma {
  if (vma.edit == VMA_FRESH) {
    vma.end = end;
    return vma;
  }
  const copy = vmaClone(vma, vma.start, end);
  if (changetype<usize>(copy) == 0) return copy;
  copy.edit = VMA_FRESH;
  vma.edit = VMA_DOOMED;
  return copy;
}
