#pragma once
// Finding a time in the ordered log. The API knows positions only, and positions rise with time, so the place is found
// by halving: about forty small questions for a billion events.

#include "base/ids.h"
#include "dyna/context.h"

namespace cordyna::dyna {

/// The position behind which the first event at `time` or later stands; where the log ends when there is none.
base::Result<base::Seq> position_before(Context& context, base::Time time);

}  // namespace cordyna::dyna
