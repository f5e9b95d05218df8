/**
 * Coefficients for core/cpu/fpu/x87_transcendental.ts: Taylor series, logarithms and arctangents of eighths, each rounded to
 * the nearest 80-bit number: its significand, then its sign and exponent. test/core/cpu/fpu computes them anew.
 */

/** sin(x) / x in powers of x^2: (-1)^k / (2k + 1)! */
export const SIN_SERIES: usize = memory.data<u64>([
  0x8000000000000000, 0x3fff, 0xaaaaaaaaaaaaaaab, 0xbffc, 0x8888888888888889, 0x3ff8, 0xd00d00d00d00d00d, 0xbff2,
  0xb8ef1d2ab6399c7d, 0x3fec, 0xd7322b3faa271c7f, 0xbfe5, 0xb092309d43684be5, 0x3fde, 0xd73f9f399dc0f88f, 0xbfd6,
  0xca963b81856a5359, 0x3fce, 0x97a4da340a0ab926, 0xbfc6, 0xb8dc77b6e7ab8c5f, 0x3fbd, 0xbb0da098b1c0cecc, 0xbfb4,
  0x9f9e66e8b2fd46a7, 0x3fab,
]);
export const SIN_SERIES_LENGTH: u32 = 13;

/** cos(x) in powers of x^2: (-1)^k / (2k)! */
export const COS_SERIES: usize = memory.data<u64>([
  0x8000000000000000, 0x3fff, 0x8000000000000000, 0xbffe, 0xaaaaaaaaaaaaaaab, 0x3ffa, 0xb60b60b60b60b60b, 0xbff5,
  0xd00d00d00d00d00d, 0x3fef, 0x93f27dbbc4fae397, 0xbfe9, 0x8f76c77fc6c4bdaa, 0x3fe2, 0xc9cba54603e4e906, 0xbfda,
  0xd73f9f399dc0f88f, 0x3fd2, 0xb413c31dcbecbbde, 0xbfca, 0xf2a15d201011283d, 0x3fc1, 0x8671cb6dbfc294a3, 0xbfb9,
  0xf96780cb97abbe65, 0x3faf,
]);
export const COS_SERIES_LENGTH: u32 = 13;

/** (e^x - 1) / x in powers of x: 1 / (k + 1)! */
export const EXP_SERIES: usize = memory.data<u64>([
  0x8000000000000000, 0x3fff, 0x8000000000000000, 0x3ffe, 0xaaaaaaaaaaaaaaab, 0x3ffc, 0xaaaaaaaaaaaaaaab, 0x3ffa,
  0x8888888888888889, 0x3ff8, 0xb60b60b60b60b60b, 0x3ff5, 0xd00d00d00d00d00d, 0x3ff2, 0xd00d00d00d00d00d, 0x3fef,
  0xb8ef1d2ab6399c7d, 0x3fec, 0x93f27dbbc4fae397, 0x3fe9, 0xd7322b3faa271c7f, 0x3fe5, 0x8f76c77fc6c4bdaa, 0x3fe2,
  0xb092309d43684be5, 0x3fde, 0xc9cba54603e4e906, 0x3fda, 0xd73f9f399dc0f88f, 0x3fd6, 0xd73f9f399dc0f88f, 0x3fd2,
  0xca963b81856a5359, 0x3fce, 0xb413c31dcbecbbde, 0x3fca, 0x97a4da340a0ab926, 0x3fc6, 0xf2a15d201011283d, 0x3fc1,
  0xb8dc77b6e7ab8c5f, 0x3fbd, 0x8671cb6dbfc294a3, 0x3fb9,
]);
export const EXP_SERIES_LENGTH: u32 = 22;

/** artanh(x) / x in powers of x^2: 1 / (2k + 1) */
export const ATANH_SERIES: usize = memory.data<u64>([
  0x8000000000000000, 0x3fff, 0xaaaaaaaaaaaaaaab, 0x3ffd, 0xcccccccccccccccd, 0x3ffc, 0x9249249249249249, 0x3ffc,
  0xe38e38e38e38e38e, 0x3ffb, 0xba2e8ba2e8ba2e8c, 0x3ffb, 0x9d89d89d89d89d8a, 0x3ffb, 0x8888888888888889, 0x3ffb,
  0xf0f0f0f0f0f0f0f1, 0x3ffa, 0xd79435e50d79435e, 0x3ffa, 0xc30c30c30c30c30c, 0x3ffa, 0xb21642c8590b2164, 0x3ffa,
  0xa3d70a3d70a3d70a, 0x3ffa, 0x97b425ed097b425f, 0x3ffa, 0x8d3dcb08d3dcb08d, 0x3ffa,
]);
export const ATANH_SERIES_LENGTH: u32 = 15;

/** arctan(x) / x in powers of x^2: (-1)^k / (2k + 1) */
export const ATAN_SERIES: usize = memory.data<u64>([
  0x8000000000000000, 0x3fff, 0xaaaaaaaaaaaaaaab, 0xbffd, 0xcccccccccccccccd, 0x3ffc, 0x9249249249249249, 0xbffc,
  0xe38e38e38e38e38e, 0x3ffb, 0xba2e8ba2e8ba2e8c, 0xbffb, 0x9d89d89d89d89d8a, 0x3ffb, 0x8888888888888889, 0xbffb,
  0xf0f0f0f0f0f0f0f1, 0x3ffa, 0xd79435e50d79435e, 0xbffa,
]);
export const ATAN_SERIES_LENGTH: u32 = 10;

/** arctan(k / 8), k from 0 to 8 */
export const ATAN_EIGHTHS: usize = memory.data<u64>([
  0x0000000000000000, 0x0000, 0xfeadd4d5617b6e33, 0x3ffb, 0xfadbafc96406eb15, 0x3ffc, 0xb7b0ca0f26f78474, 0x3ffd,
  0xed63382b0dda7b45, 0x3ffd, 0x8f005d5ef7f59f9b, 0x3ffe, 0xa4bc7d1934f70924, 0x3ffe, 0xb8053e2bc2319e74, 0x3ffe,
  0xc90fdaa22168c235, 0x3ffe,
]);

/** ln 2, 2 / ln 2, pi / 2, pi, 3 pi / 4 */
export const CONSTANTS: usize = memory.data<u64>([
  0xb17217f7d1cf79ac, 0x3ffe, 0xb8aa3b295c17f0bc, 0x4000, 0xc90fdaa22168c235, 0x3fff, 0xc90fdaa22168c235, 0x4000,
  0x96cbe3f9990e91a8, 0x4000,
]);
