// The worker thread that loads registries, so that reading, hashing, parsing and checking never hold up a
// request. One message in, one message out; the thread keeps nothing between two loads.

import { parentPort } from 'node:worker_threads'
import { load } from './load.ts'

parentPort?.on('message', request => parentPort?.postMessage(load(request)))
