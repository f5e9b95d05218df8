/** SHA-1 and SHA-256. */

const SHA = "CPU_HAS_SHA";

export const rows = [
  { op: "NP 0F 38 C8 /r", name: "sha1nexte", args: "Vx,Wx", fn: "sha1nexte", feature: SHA },
  { op: "NP 0F 38 C9 /r", name: "sha1msg1", args: "Vx,Wx", fn: "sha1msg1", feature: SHA },
  { op: "NP 0F 38 CA /r", name: "sha1msg2", args: "Vx,Wx", fn: "sha1msg2", feature: SHA },
  { op: "NP 0F 38 CB /r", name: "sha256rnds2", args: "Vx,Wx", fn: "sha256rnds2", feature: SHA },
  { op: "NP 0F 38 CC /r", name: "sha256msg1", args: "Vx,Wx", fn: "sha256msg1", feature: SHA },
  { op: "NP 0F 38 CD /r", name: "sha256msg2", args: "Vx,Wx", fn: "sha256msg2", feature: SHA },
  { op: "NP 0F 3A CC /r ib", name: "sha1rnds4", args: "Vx,Wx,Ib", fn: "sha1rnds4", feature: SHA },
];
