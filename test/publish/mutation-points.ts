// The sampled dose of test/chaos/mutation-points.ts; its full dose is `npm run chaos`.

import '../chaos/mutation-points.ts'
