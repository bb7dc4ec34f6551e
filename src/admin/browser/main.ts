// The console's script. Each part finds what it works on in the page, and does nothing on the others.
import { addPasskey } from './add-passkey.ts'
import { copyButtons } from './copy.ts'
import { isElsewhere } from './elsewhere.ts'
import { enter } from './enter.ts'
import { live } from './live.ts'
import { localTimes } from './local-times.ts'
import { signIn } from './sign-in.ts'
import { stepUpPage } from './step-up.ts'
import { utcFields } from './utc-fields.ts'

if (!isElsewhere()) {
  // First: it remembers the page as it came. What it renews is dressed as the page was.
  live((region) => {
    localTimes(region)
    copyButtons(region)
  })
  localTimes()
  copyButtons()
  utcFields()
  enter()
  signIn()
  stepUpPage()
  addPasskey()
}
