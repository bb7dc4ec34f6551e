import { describe, expect, test } from '@jest/globals'
import { groupCode } from '../../src/base/random.ts'
import { codeDigest, digestsOf, ticketDigest, ticketOf } from '../../src/devices/ticket.ts'

const SECRET = 'a'.repeat(43)

describe('a ticket', () => {
  test('is the same after a reload, and another for another browser or sign-in', () => {
    expect(ticketOf(SECRET, 'one')).toEqual(ticketOf(SECRET, 'one'))
    const others = [ticketOf('b'.repeat(43), 'one'), ticketOf(SECRET, 'two')]
    for (const { ticket, code } of others) {
      expect(ticket).not.toBe(ticketOf(SECRET, 'one').ticket)
      expect(code).not.toBe(ticketOf(SECRET, 'one').code)
    }
  })

  test('has 128 bits in its link, and 60 in the code that is typed', () => {
    const { ticket, code } = ticketOf(SECRET, 'one')
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(16)
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/)
  })

  test('is known to the store by its digests alone', () => {
    const made = ticketOf(SECRET, 'one')
    const digests = digestsOf(made)
    expect(digests).toEqual({ ticketDigest: ticketDigest(made.ticket), codeDigest: codeDigest(made.code) })
    expect(JSON.stringify(digests)).not.toContain(made.ticket)
    expect(JSON.stringify(digests)).not.toContain(made.code)
  })

  test('is not redeemed by its code in the place of the ticket, or the other way', () => {
    const { ticket, code } = ticketOf(SECRET, 'one')
    expect(ticketDigest(code)).not.toBe(codeDigest(code))
    expect(codeDigest(ticket)).not.toBe(ticketDigest(ticket))
  })

  test('may have its code typed with dashes, spaces, small letters and look-alikes', () => {
    const { code } = ticketOf(SECRET, 'one')
    const typed = [groupCode(code), code.toLowerCase(), ` ${groupCode(code).replaceAll('-', ' – ')} `]
    typed.push(code.replaceAll('0', 'o').replaceAll('1', 'l'))
    for (const text of typed) expect(codeDigest(text)).toBe(codeDigest(code))
    expect(codeDigest(code.slice(0, -1))).not.toBe(codeDigest(code))
  })

  test('needs its case and every letter in the link', () => {
    const { ticket } = ticketOf(SECRET, 'one')
    expect(ticketDigest(` ${ticket}`)).not.toBe(ticketDigest(ticket))
  })
})
