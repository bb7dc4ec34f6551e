import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { claimForm, errorForm, type FormPost, sendForm } from '../../src/entra/form-post.ts'
import { entraErrorOf } from '../../src/entra/refuse.ts'
import { postsToEntra, securityHeaders } from '../../src/http/headers.ts'
import { createViews } from '../../src/http/views.ts'
import { aSignIn } from '../signin/a-sign-in.ts'
import { formOf } from '../support/browser.ts'

const views = createViews({ assets: { formPost: '/assets/form-post.js' }, publicUrl: 'https://mfa.example' })
const to = { redirectUri: aSignIn().redirectUri, state: 'the-state' }

async function sent(form: FormPost) {
  const app = express()
  app.use(securityHeaders(true))
  app.get('/', (incoming, response) => sendForm(views, postsToEntra(true), incoming, response, form, '/page'))
  const { status, text, headers } = await request(app).get('/')
  return { status, text, headers: new Headers(headers), url: '' }
}

describe('the form for Entra', () => {
  test('carries a claim of External MFA and the state, and nothing else', async () => {
    expect(formOf(await sent(claimForm(aSignIn(), 'a.b.c')))).toEqual({
      action: to.redirectUri,
      fields: { id_token: 'a.b.c', state: 'the-state' },
    })
  })

  test('carries for a custom control what its providers were seen to send', async () => {
    const asked = { contract: 'custom-control', claimType: 'CountersignMfa', claimValue: 'MfaDone' } as const
    expect(formOf(await sent(claimForm(aSignIn({ asked }), 'a.b.c'))).fields).toEqual({
      id_token: 'a.b.c',
      state: 'the-state',
      token_type: 'Bearer',
      expires_in: '300',
      scope: 'openid',
    })
  })

  test('carries an error and the state, and never a claim', async () => {
    const { fields } = formOf(await sent(errorForm(to, 'access_denied', 'No.')))
    expect(fields).toEqual({ error: 'access_denied', state: 'the-state' })
  })

  test('says what it does, and goes by itself unless the person must read it first', async () => {
    const read = async (form: FormPost) => {
      const { text } = await sent(form)
      const [, title, sentence] = /<h1>(.*?)<\/h1>\s*<p role="status">(.*?)<\/p>/.exec(text) ?? []
      return { title, sentence, byItself: text.includes('form-post.js') }
    }
    expect(await read(claimForm(aSignIn(), 'a.b.c'))).toEqual({
      title: 'Approved',
      sentence: 'Taking you back to your application.',
      byItself: true,
    })
    const no = { title: 'No approval', sentence: 'No.' }
    expect(await read(errorForm(to, 'access_denied', 'No.'))).toEqual({ ...no, byItself: true })
    expect(await read(errorForm(to, 'access_denied', 'No.', true))).toEqual({ ...no, byItself: false })
  })

  test.each([
    `"><script>alert(1)</script>`,
    `' onfocus='alert(1)`,
    '</form><form action=//evil.example>',
    '&quot;&#34;',
    '<%= it %>',
    '\u202e\u0000x',
  ])('brings back the state %j as text, to the character', async (state) => {
    const page = await sent(errorForm({ ...to, state }, 'access_denied', 'No.'))
    expect(page.text.match(/<form/g)).toHaveLength(1)
    expect(page.text).not.toMatch(/<script>alert|onfocus='/)
    expect(formOf(page).fields.state).toBe(state)
  })

  test('escapes its address, its title and its sentence too', async () => {
    const evil = '"><script>alert(1)</script>'
    const page = await sent({ action: evil, fields: { [evil]: 'x' }, title: evil, sentence: evil })
    expect(page.text).not.toContain('<script>alert')
  })

  test('is kept by nobody, framed by nobody, and free to follow Entra’s redirect', async () => {
    const { headers } = await sent(errorForm(to, 'access_denied', 'No.'))
    const policy = headers.get('content-security-policy')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('form-action')
    expect(policy).not.toContain('unsafe')
    expect(headers.get('referrer-policy')).toBe('strict-origin')
  })
})

describe('the error that Entra is told', () => {
  test.each([
    ['entra.keys-unavailable', 'temporarily_unavailable'],
    ['service.stopping', 'temporarily_unavailable'],
    ['sign-in.too-many', 'temporarily_unavailable'],
    ['request.protocol', 'invalid_request'],
    ['request.incomplete', 'invalid_request'],
    ['hint.malformed', 'invalid_request'],
    ['asked.malformed', 'invalid_request'],
    ['hint.signature', 'access_denied'],
    ['asked.unmeetable', 'access_denied'],
    ['integration.disabled', 'access_denied'],
  ] as const)('of %s is %s', (code, error) => {
    expect(entraErrorOf(code)).toBe(error)
  })
})
