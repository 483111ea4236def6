// What keeps an artifact of the layer from being built. A malformed run never does: that is a warning in the artifact.

import { type FailureKind, HouseError } from '../core/error.ts'

/** The tree or an input is not one that an artifact can be built from. */
export class LayerError extends HouseError<
  | 'LAYER_RUNS_MISSING'
  | 'LAYER_RUNS_UNREADABLE'
  | 'LAYER_INPUT_WRONG'
  | 'LAYER_INPUT_INVALID'
  | 'LAYER_CATALOG_MISSING'
  | 'LAYER_CATALOG_INVALID'
> {
  override get kind(): FailureKind {
    return this.code === 'LAYER_RUNS_UNREADABLE' ? 'world' : 'refused'
  }
}
