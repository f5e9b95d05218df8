/** Probes of core/cpu/integer: any handler on any op, by the number it has in test/core/cpu/integer/handlers.ts. */
import { X86 } from "../../../core/layout/x86";
import { Op } from "../../../core/layout/x86_op";
import { flagsRead, flagsWrite } from "../../../core/cpu/flags";
import { daa, das, aaa, aas, aam, aad } from "../../../core/cpu/integer/bcd";
import {
  bt,
  bts,
  btr,
  btc,
  btImm,
  btsImm,
  btrImm,
  btcImm,
  bsf,
  bsr,
  tzcnt,
  lzcnt,
  popcntRm,
  bswapReg,
} from "../../../core/cpu/integer/bit";
import {
  andn,
  bextr,
  blsr,
  blsmsk,
  blsi,
  bzhi,
  pdep,
  pext,
  rorx,
  sarx,
  shlx,
  shrx,
  adcx,
  adox,
} from "../../../core/cpu/integer/bmi";
import { shldImm, shldCl, shrdImm, shrdCl } from "../../../core/cpu/integer/double_shift";
import { xadd, cmpxchg, cmpxchg8b, cmpxchg16b } from "../../../core/cpu/integer/exchange";
import { clc, stc, cmc, cld, std, lahf, sahf, pushf, popf } from "../../../core/cpu/integer/flag_control";
import { enter, leave, pusha, popa, bound } from "../../../core/cpu/integer/frame";
import {
  cbw,
  cwd,
  movbeLoad,
  movbeStore,
  movnti,
  xlat,
  crc32,
  rdrand,
  clflush,
  prefetch,
  fence,
  pause,
} from "../../../core/cpu/integer/misc";
import { mul, imulWide, imul, imulImm, div, idiv, mulx } from "../../../core/cpu/integer/multiply";
import {
  rolImm,
  rolOne,
  rolCl,
  rorImm,
  rorOne,
  rorCl,
  rclImm,
  rclOne,
  rclCl,
  rcrImm,
  rcrOne,
  rcrCl,
  shlImm,
  shlOne,
  shlCl,
  shrImm,
  shrOne,
  shrCl,
  sarImm,
  sarOne,
  sarCl,
} from "../../../core/cpu/integer/shift";
import { movs, stos, lods } from "../../../core/cpu/integer/string";
import { cmps, scas } from "../../../core/cpu/integer/string_compare";

function byBytes(c: X86, op: Op, id: u32): i32 {
  switch (id) {
    case 32:
      return xadd<u8>(c, op);
    case 33:
      return cmpxchg<u8>(c, op);
    case 46:
      return crc32<u8>(c, op);
    case 48:
      return mul<u8>(c, op);
    case 49:
      return imulWide<u8>(c, op);
    case 52:
      return div<u8>(c, op);
    case 53:
      return idiv<u8>(c, op);
    case 55:
      return rolImm<u8>(c, op);
    case 56:
      return rolOne<u8>(c, op);
    case 57:
      return rolCl<u8>(c, op);
    case 58:
      return rorImm<u8>(c, op);
    case 59:
      return rorOne<u8>(c, op);
    case 60:
      return rorCl<u8>(c, op);
    case 61:
      return rclImm<u8>(c, op);
    case 62:
      return rclOne<u8>(c, op);
    case 63:
      return rclCl<u8>(c, op);
    case 64:
      return rcrImm<u8>(c, op);
    case 65:
      return rcrOne<u8>(c, op);
    case 66:
      return rcrCl<u8>(c, op);
    case 67:
      return shlImm<u8>(c, op);
    case 68:
      return shlOne<u8>(c, op);
    case 69:
      return shlCl<u8>(c, op);
    case 70:
      return shrImm<u8>(c, op);
    case 71:
      return shrOne<u8>(c, op);
    case 72:
      return shrCl<u8>(c, op);
    case 73:
      return sarImm<u8>(c, op);
    case 74:
      return sarOne<u8>(c, op);
    case 75:
      return sarCl<u8>(c, op);
    case 76:
      return movs<u8>(c, op);
    case 77:
      return stos<u8>(c, op);
    case 78:
      return lods<u8>(c, op);
    case 79:
      return cmps<u8>(c, op);
    case 80:
      return scas<u8>(c, op);
  }
  return -1;
}

function byWords(c: X86, op: Op, id: u32): i32 {
  switch (id) {
    case 0:
      return bt<u16>(c, op);
    case 1:
      return bts<u16>(c, op);
    case 2:
      return btr<u16>(c, op);
    case 3:
      return btc<u16>(c, op);
    case 4:
      return btImm<u16>(c, op);
    case 5:
      return btsImm<u16>(c, op);
    case 6:
      return btrImm<u16>(c, op);
    case 7:
      return btcImm<u16>(c, op);
    case 8:
      return bsf<u16>(c, op);
    case 9:
      return bsr<u16>(c, op);
    case 10:
      return tzcnt<u16>(c, op);
    case 11:
      return lzcnt<u16>(c, op);
    case 12:
      return popcntRm<u16>(c, op);
    case 13:
      return bswapReg<u16>(c, op);
    case 28:
      return shldImm<u16>(c, op);
    case 29:
      return shldCl<u16>(c, op);
    case 30:
      return shrdImm<u16>(c, op);
    case 31:
      return shrdCl<u16>(c, op);
    case 32:
      return xadd<u16>(c, op);
    case 33:
      return cmpxchg<u16>(c, op);
    case 34:
      return pushf<u16>(c, op);
    case 35:
      return popf<u16>(c, op);
    case 36:
      return enter<u16>(c, op);
    case 37:
      return leave<u16>(c, op);
    case 38:
      return pusha<u16>(c, op);
    case 39:
      return popa<u16>(c, op);
    case 40:
      return bound<u16>(c, op);
    case 41:
      return cbw<u16>(c, op);
    case 42:
      return cwd<u16>(c, op);
    case 43:
      return movbeLoad<u16>(c, op);
    case 44:
      return movbeStore<u16>(c, op);
    case 46:
      return crc32<u16>(c, op);
    case 47:
      return rdrand<u16>(c, op);
    case 48:
      return mul<u16>(c, op);
    case 49:
      return imulWide<u16>(c, op);
    case 50:
      return imul<u16>(c, op);
    case 51:
      return imulImm<u16>(c, op);
    case 52:
      return div<u16>(c, op);
    case 53:
      return idiv<u16>(c, op);
    case 55:
      return rolImm<u16>(c, op);
    case 56:
      return rolOne<u16>(c, op);
    case 57:
      return rolCl<u16>(c, op);
    case 58:
      return rorImm<u16>(c, op);
    case 59:
      return rorOne<u16>(c, op);
    case 60:
      return rorCl<u16>(c, op);
    case 61:
      return rclImm<u16>(c, op);
    case 62:
      return rclOne<u16>(c, op);
    case 63:
      return rclCl<u16>(c, op);
    case 64:
      return rcrImm<u16>(c, op);
    case 65:
      return rcrOne<u16>(c, op);
    case 66:
      return rcrCl<u16>(c, op);
    case 67:
      return shlImm<u16>(c, op);
    case 68:
      return shlOne<u16>(c, op);
    case 69:
      return shlCl<u16>(c, op);
    case 70:
      return shrImm<u16>(c, op);
    case 71:
      return shrOne<u16>(c, op);
    case 72:
      return shrCl<u16>(c, op);
    case 73:
      return sarImm<u16>(c, op);
    case 74:
      return sarOne<u16>(c, op);
    case 75:
      return sarCl<u16>(c, op);
    case 76:
      return movs<u16>(c, op);
    case 77:
      return stos<u16>(c, op);
    case 78:
      return lods<u16>(c, op);
    case 79:
      return cmps<u16>(c, op);
    case 80:
      return scas<u16>(c, op);
  }
  return -1;
}

function byLongs(c: X86, op: Op, id: u32): i32 {
  switch (id) {
    case 0:
      return bt<u32>(c, op);
    case 1:
      return bts<u32>(c, op);
    case 2:
      return btr<u32>(c, op);
    case 3:
      return btc<u32>(c, op);
    case 4:
      return btImm<u32>(c, op);
    case 5:
      return btsImm<u32>(c, op);
    case 6:
      return btrImm<u32>(c, op);
    case 7:
      return btcImm<u32>(c, op);
    case 8:
      return bsf<u32>(c, op);
    case 9:
      return bsr<u32>(c, op);
    case 10:
      return tzcnt<u32>(c, op);
    case 11:
      return lzcnt<u32>(c, op);
    case 12:
      return popcntRm<u32>(c, op);
    case 13:
      return bswapReg<u32>(c, op);
    case 14:
      return andn<u32>(c, op);
    case 15:
      return bextr<u32>(c, op);
    case 16:
      return blsr<u32>(c, op);
    case 17:
      return blsmsk<u32>(c, op);
    case 18:
      return blsi<u32>(c, op);
    case 19:
      return bzhi<u32>(c, op);
    case 20:
      return pdep<u32>(c, op);
    case 21:
      return pext<u32>(c, op);
    case 22:
      return rorx<u32>(c, op);
    case 23:
      return sarx<u32>(c, op);
    case 24:
      return shlx<u32>(c, op);
    case 25:
      return shrx<u32>(c, op);
    case 26:
      return adcx<u32>(c, op);
    case 27:
      return adox<u32>(c, op);
    case 28:
      return shldImm<u32>(c, op);
    case 29:
      return shldCl<u32>(c, op);
    case 30:
      return shrdImm<u32>(c, op);
    case 31:
      return shrdCl<u32>(c, op);
    case 32:
      return xadd<u32>(c, op);
    case 33:
      return cmpxchg<u32>(c, op);
    case 34:
      return pushf<u32>(c, op);
    case 35:
      return popf<u32>(c, op);
    case 36:
      return enter<u32>(c, op);
    case 37:
      return leave<u32>(c, op);
    case 38:
      return pusha<u32>(c, op);
    case 39:
      return popa<u32>(c, op);
    case 40:
      return bound<u32>(c, op);
    case 41:
      return cbw<u32>(c, op);
    case 42:
      return cwd<u32>(c, op);
    case 43:
      return movbeLoad<u32>(c, op);
    case 44:
      return movbeStore<u32>(c, op);
    case 45:
      return movnti<u32>(c, op);
    case 46:
      return crc32<u32>(c, op);
    case 47:
      return rdrand<u32>(c, op);
    case 48:
      return mul<u32>(c, op);
    case 49:
      return imulWide<u32>(c, op);
    case 50:
      return imul<u32>(c, op);
    case 51:
      return imulImm<u32>(c, op);
    case 52:
      return div<u32>(c, op);
    case 53:
      return idiv<u32>(c, op);
    case 54:
      return mulx<u32>(c, op);
    case 55:
      return rolImm<u32>(c, op);
    case 56:
      return rolOne<u32>(c, op);
    case 57:
      return rolCl<u32>(c, op);
    case 58:
      return rorImm<u32>(c, op);
    case 59:
      return rorOne<u32>(c, op);
    case 60:
      return rorCl<u32>(c, op);
    case 61:
      return rclImm<u32>(c, op);
    case 62:
      return rclOne<u32>(c, op);
    case 63:
      return rclCl<u32>(c, op);
    case 64:
      return rcrImm<u32>(c, op);
    case 65:
      return rcrOne<u32>(c, op);
    case 66:
      return rcrCl<u32>(c, op);
    case 67:
      return shlImm<u32>(c, op);
    case 68:
      return shlOne<u32>(c, op);
    case 69:
      return shlCl<u32>(c, op);
    case 70:
      return shrImm<u32>(c, op);
    case 71:
      return shrOne<u32>(c, op);
    case 72:
      return shrCl<u32>(c, op);
    case 73:
      return sarImm<u32>(c, op);
    case 74:
      return sarOne<u32>(c, op);
    case 75:
      return sarCl<u32>(c, op);
    case 76:
      return movs<u32>(c, op);
    case 77:
      return stos<u32>(c, op);
    case 78:
      return lods<u32>(c, op);
    case 79:
      return cmps<u32>(c, op);
    case 80:
      return scas<u32>(c, op);
  }
  return -1;
}

function byQuads(c: X86, op: Op, id: u32): i32 {
  switch (id) {
    case 0:
      return bt<u64>(c, op);
    case 1:
      return bts<u64>(c, op);
    case 2:
      return btr<u64>(c, op);
    case 3:
      return btc<u64>(c, op);
    case 4:
      return btImm<u64>(c, op);
    case 5:
      return btsImm<u64>(c, op);
    case 6:
      return btrImm<u64>(c, op);
    case 7:
      return btcImm<u64>(c, op);
    case 8:
      return bsf<u64>(c, op);
    case 9:
      return bsr<u64>(c, op);
    case 10:
      return tzcnt<u64>(c, op);
    case 11:
      return lzcnt<u64>(c, op);
    case 12:
      return popcntRm<u64>(c, op);
    case 13:
      return bswapReg<u64>(c, op);
    case 14:
      return andn<u64>(c, op);
    case 15:
      return bextr<u64>(c, op);
    case 16:
      return blsr<u64>(c, op);
    case 17:
      return blsmsk<u64>(c, op);
    case 18:
      return blsi<u64>(c, op);
    case 19:
      return bzhi<u64>(c, op);
    case 20:
      return pdep<u64>(c, op);
    case 21:
      return pext<u64>(c, op);
    case 22:
      return rorx<u64>(c, op);
    case 23:
      return sarx<u64>(c, op);
    case 24:
      return shlx<u64>(c, op);
    case 25:
      return shrx<u64>(c, op);
    case 26:
      return adcx<u64>(c, op);
    case 27:
      return adox<u64>(c, op);
    case 28:
      return shldImm<u64>(c, op);
    case 29:
      return shldCl<u64>(c, op);
    case 30:
      return shrdImm<u64>(c, op);
    case 31:
      return shrdCl<u64>(c, op);
    case 32:
      return xadd<u64>(c, op);
    case 33:
      return cmpxchg<u64>(c, op);
    case 34:
      return pushf<u64>(c, op);
    case 35:
      return popf<u64>(c, op);
    case 36:
      return enter<u64>(c, op);
    case 37:
      return leave<u64>(c, op);
    case 38:
      return pusha<u64>(c, op);
    case 39:
      return popa<u64>(c, op);
    case 40:
      return bound<u64>(c, op);
    case 41:
      return cbw<u64>(c, op);
    case 42:
      return cwd<u64>(c, op);
    case 43:
      return movbeLoad<u64>(c, op);
    case 44:
      return movbeStore<u64>(c, op);
    case 45:
      return movnti<u64>(c, op);
    case 46:
      return crc32<u64>(c, op);
    case 47:
      return rdrand<u64>(c, op);
    case 48:
      return mul<u64>(c, op);
    case 49:
      return imulWide<u64>(c, op);
    case 50:
      return imul<u64>(c, op);
    case 51:
      return imulImm<u64>(c, op);
    case 52:
      return div<u64>(c, op);
    case 53:
      return idiv<u64>(c, op);
    case 54:
      return mulx<u64>(c, op);
    case 55:
      return rolImm<u64>(c, op);
    case 56:
      return rolOne<u64>(c, op);
    case 57:
      return rolCl<u64>(c, op);
    case 58:
      return rorImm<u64>(c, op);
    case 59:
      return rorOne<u64>(c, op);
    case 60:
      return rorCl<u64>(c, op);
    case 61:
      return rclImm<u64>(c, op);
    case 62:
      return rclOne<u64>(c, op);
    case 63:
      return rclCl<u64>(c, op);
    case 64:
      return rcrImm<u64>(c, op);
    case 65:
      return rcrOne<u64>(c, op);
    case 66:
      return rcrCl<u64>(c, op);
    case 67:
      return shlImm<u64>(c, op);
    case 68:
      return shlOne<u64>(c, op);
    case 69:
      return shlCl<u64>(c, op);
    case 70:
      return shrImm<u64>(c, op);
    case 71:
      return shrOne<u64>(c, op);
    case 72:
      return shrCl<u64>(c, op);
    case 73:
      return sarImm<u64>(c, op);
    case 74:
      return sarOne<u64>(c, op);
    case 75:
      return sarCl<u64>(c, op);
    case 76:
      return movs<u64>(c, op);
    case 77:
      return stos<u64>(c, op);
    case 78:
      return lods<u64>(c, op);
    case 79:
      return cmps<u64>(c, op);
    case 80:
      return scas<u64>(c, op);
  }
  return -1;
}

function byNothing(c: X86, op: Op, id: u32): i32 {
  switch (id) {
    case 81:
      return daa(c, op);
    case 82:
      return das(c, op);
    case 83:
      return aaa(c, op);
    case 84:
      return aas(c, op);
    case 85:
      return aam(c, op);
    case 86:
      return aad(c, op);
    case 87:
      return cmpxchg8b(c, op);
    case 88:
      return cmpxchg16b(c, op);
    case 89:
      return clc(c, op);
    case 90:
      return stc(c, op);
    case 91:
      return cmc(c, op);
    case 92:
      return cld(c, op);
    case 93:
      return std(c, op);
    case 94:
      return lahf(c, op);
    case 95:
      return sahf(c, op);
    case 96:
      return xlat(c, op);
    case 97:
      return clflush(c, op);
    case 98:
      return prefetch(c, op);
    case 99:
      return fence(c, op);
    case 100:
      return pause(c, op);
  }
  return -1;
}

/** Runs handler `id` for operands of `size` bytes; 0: it is not generic. @ret EXEC_*, or -1: there is none */
export function integerProbe(p: usize, op: usize, id: u32, size: u32): i32 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  if (size == 1) return byBytes(c, o, id);
  if (size == 2) return byWords(c, o, id);
  if (size == 4) return byLongs(c, o, id);
  if (size == 8) return byQuads(c, o, id);
  return byNothing(c, o, id);
}

/** RFLAGS, whole. */
export function integerFlags(p: usize): u64 {
  return flagsRead(changetype<X86>(p));
}

/** Sets RFLAGS. */
export function integerSetFlags(p: usize, value: u64): void {
  flagsWrite(changetype<X86>(p), value, ~0);
}
