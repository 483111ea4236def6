// The plain snapshot, held to the contract: it is the oracle of the other.

import t from 'tap'
import { buildMapSnapshot } from '../../src/registry/map-snapshot.ts'
import { bytesOf, infoOf } from '../fixtures/registry-world.ts'
import { testSnapshot } from '../fixtures/snapshot-contract.ts'

testSnapshot(t, document => buildMapSnapshot(document, infoOf(bytesOf(document))))
