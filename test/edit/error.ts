// The refusal itself: its codes are a set, and the command that mends it stands in the message and beside it.

import t from 'tap'
import { EDIT_CODES, EditError, WHY } from '../../src/edit/error.ts'

t.test('the codes are distinct and named for the room', async t => {
  t.equal(new Set(EDIT_CODES).size, EDIT_CODES.length)
  for (const code of EDIT_CODES) t.match(code, /^EDIT_[A-Z]+(?:_[A-Z]+)*$/)
})

t.test('a refusal carries the command that mends it, where one does', async t => {
  const remedy = `infra enable a/b ${WHY}`
  t.match(new EditError('EDIT_UNCONFIRMED', 'no', remedy), {
    name: 'EditError',
    remedy,
    message: `no; try: ${remedy}`,
  })
  const bare = new EditError('EDIT_BAD_NAME', 'no')
  t.equal(bare.message, 'no')
  t.equal(bare.remedy, undefined)
})
