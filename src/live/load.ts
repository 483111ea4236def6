// What the worker thread does with a request: which source, which loader. It may block, and it never throws.

import { errorText } from '../core/error.ts'
import { type GiveWay, goOn } from '../core/give-way.ts'
import type { Pin } from '../seal/pointer.ts'
import { type FileRequest, loadFile } from './load-file.ts'
import { loadPin, loadRemembered, type PinRequest } from './load-pin.ts'
import { type LoadResult, refused } from './load-result.ts'

export type LoadRequest =
  | ({ readonly kind: 'file' } & FileRequest)
  | ({ readonly kind: 'pin' } & PinRequest)
  | { readonly kind: 'remembered'; readonly home: string; readonly pin: Pin }

/** Carries out `request`. Never throws. */
export function load(request: LoadRequest, giveWay: GiveWay = goOn): LoadResult {
  try {
    switch (request.kind) {
      case 'file':
        return loadFile(request, giveWay)
      case 'pin':
        return loadPin(request, giveWay)
      case 'remembered':
        return loadRemembered(request.home, request.pin, giveWay)
    }
  } catch (error) {
    return refused('load_failed', errorText(error), null)
  }
}
