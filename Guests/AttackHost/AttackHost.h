// Addresses and routines of this image's assembly.
#pragma once
#include "Memory.h"

BH_SYMBOL(addressOfActor, "_actor")
BH_SYMBOL(addressOfPoisonGuest, "_poisonGuest")
BH_SYMBOL(addressOfSpinner, "_spinner")
BH_SYMBOL(addressOfAgainGuest, "_againGuest")
BH_SYMBOL(addressOfDisrGuest, "_disrGuest")
BH_SYMBOL(addressOfStormGuest, "_stormGuest")

// Fills x5...x30 and v0...v31 with the host's pattern, runs vCPU 0 of the VM in `word` with
// `completion`, and stores x0...x30 (offset 0), v0...v31 (offset 256) at `buffer`.
void poisonedRun(uint64_t word, uint64_t completion, uint64_t buffer);
