// How many sign-ins a core could do if it did nothing but their cryptography: one RS256 verification (Entra's hint), one ES256
// verification (the phone's approval), one RS256 signature (our claim). A process of its own, so that it has a core of its own.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { performance } from 'node:perf_hooks'

const seconds = Number(process.argv[2] ?? 2)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const point = { dsaEncoding: 'ieee-p1363' } as const
/** About as long as they are: a hint, an approval, a claim. */
const [hint, approval, claim] = [1400, 700, 900].map((length) => Buffer.alloc(length, 'x')) as [Buffer, Buffer, Buffer]
const hintSignature = sign('RSA-SHA256', hint, rsa.privateKey)
const approvalSignature = sign('SHA256', approval, { key: ec.privateKey, ...point })

function one(): void {
  if (!verify('RSA-SHA256', hint, rsa.publicKey, hintSignature)) throw new Error('the hint does not verify')
  if (!verify('SHA256', approval, { key: ec.publicKey, ...point }, approvalSignature))
    throw new Error('nor the approval')
  sign('RSA-SHA256', claim, rsa.privateKey)
}

for (let i = 0; i < 200; i++) one()
const [began, before] = [performance.now(), process.cpuUsage()]
let count = 0
while (performance.now() < began + seconds * 1000) {
  one()
  count++
}
const { user, system } = process.cpuUsage(before)
process.stdout.write(
  JSON.stringify({ flows: count, cpu: (user + system) / 1e6, seconds: (performance.now() - began) / 1000 }),
)
