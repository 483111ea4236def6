// The crash points at the dose that belongs to every run of the tests; `CHAOS=1` gives them all.

import '../chaos/crash-points.ts'
