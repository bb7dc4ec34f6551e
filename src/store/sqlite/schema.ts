// The schema and how it grows. A step is never changed once it was released: a new one is added below it.
import { administrators } from './schema/administrators.ts'
import { askedBy } from './schema/asked-by.ts'
import { checkpoints } from './schema/checkpoints.ts'
import { consoleTables } from './schema/console.ts'
import { entraConfirmed } from './schema/entra-confirmed.ts'
import { entraSignIn } from './schema/entra-sign-in.ts'
import { failures } from './schema/failures.ts'
import { first } from './schema/first.ts'
import { forwarding } from './schema/forwarding.ts'
import { keyBook } from './schema/key-book.ts'
import { push } from './schema/push.ts'
import { signInRows } from './schema/sign-in-rows.ts'

/** Every step brings the schema from its index to the next version (`PRAGMA user_version`). */
export const steps: readonly string[] = [
  first,
  push,
  administrators,
  consoleTables,
  entraSignIn,
  failures,
  keyBook,
  askedBy,
  checkpoints,
  forwarding,
  signInRows,
  entraConfirmed,
]
