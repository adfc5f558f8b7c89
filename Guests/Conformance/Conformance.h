// Addresses and routines of this image's assembly.
#pragma once
#include "Memory.h"

BH_SYMBOL(addressOfAgent, "_agent")
void absentPageCall(uint64_t buffer);
