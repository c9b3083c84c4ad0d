#pragma once
#include "litert/c/litert_common.h"

LiteRtStatus LiteRtCreateEnvironment(int, const void*, LiteRtEnvironment*);
