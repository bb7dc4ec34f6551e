// The console's script. Each part finds what it works on in the page, and does nothing on the others.
import { addPasskey } from './add-passkey.ts'
import { copyButtons } from './copy.ts'
import { isElsewhere } from './elsewhere.ts'
import { enter } from './enter.ts'
import { localTimes } from './local-times.ts'
import { signIn } from './sign-in.ts'
import { stepUpPage } from './step-up.ts'

if (!isElsewhere()) {
  localTimes()
  copyButtons()
  enter()
  signIn()
  stepUpPage()
  addPasskey()
}
