// The program of one serving thread, when there are several: a server of its own over the registry that all share. It
// reads nothing of its environment, since the main thread has read it, and ends when the main thread says so.

import { pino } from 'pino'
import { joinPool } from '../live/thread-port.ts'
import { openFront } from './front.ts'
import type { ThreadData } from './threads.ts'

const { thread, data, live, writeLog, serve } = joinPool<ThreadData>()
const { logLevel: level, front } = data
const log = pino({ level, base: { pid: process.pid, thread } }, { write: writeLog })
serve(openFront(live, front, log, thread, () => live.threads))
