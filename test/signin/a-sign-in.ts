import type { SignIn } from '../../src/signin/sign-in.ts'
import { SIGN_IN_LIFE } from '../../src/signin/transaction.ts'

/** When the sign-ins of these tests were opened. */
export const OPENED = 1_800_000_000_000

/** An open sign-in of External MFA in which nobody was asked yet. A test bends what it is about. */
export const aSignIn = (change: Partial<SignIn> = {}): SignIn => ({
  id: 'sign-in-1',
  version: 1,
  phase: 'open',
  tenantId: '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01',
  objectId: 'a0000000-0000-4000-8000-000000000001',
  integrationId: 'integration-1',
  integrationName: 'Contoso',
  person: 'ada@contoso.example',
  subject: 'pairwise-subject',
  clientId: 'countersign-client-1',
  redirectUri: 'https://login.microsoftonline.com/common/federation/externalauthprovider',
  state: 'the-state',
  nonce: 'the-nonce',
  clientRequestId: null,
  requestDigest: 'digest-of-the-request',
  asked: { contract: 'external-mfa', acrValues: ['possessionorinherence'], amrValues: ['fido', 'swk'] },
  digitCount: 6,
  browserDigest: 'digest-of-the-cookie',
  browser: 'Chrome on Windows',
  address: '192.0.2.1',
  place: null,
  application: null,
  openedAt: OPENED,
  expiresAt: OPENED + SIGN_IN_LIFE,
  ticket: null,
  invitable: false,
  invitationId: null,
  invitationTries: 0,
  pendingDevice: null,
  prompt: null,
  decision: null,
  namePersonInPush: false,
  ...change,
})

/** The same with its devices asked to type `digits`. */
export const anAskedSignIn = (digits = '123456', change: Partial<SignIn> = {}): SignIn =>
  aSignIn({
    prompt: { number: 1, digits, openedAt: OPENED, expiresAt: OPENED + 90_000, wrong: [] },
    ...change,
  })
