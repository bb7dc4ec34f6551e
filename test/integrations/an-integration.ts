import type { Integration } from '../../src/integrations/integration.ts'

/** A connected tenant of the global cloud. A test bends what it is about. */
export const anIntegration = (change: Partial<Integration> = {}): Integration => ({
  id: 'integration-1',
  name: 'Contoso',
  tenantId: '7a3c1f60-5b1e-4d5f-9a57-2f0f7c6f1a01',
  cloud: 'global',
  appId: '0f9d6a44-93a6-4c55-8f2f-6a1f43f0b002',
  clientId: 'countersign-client-1',
  enabled: true,
  askedBy: 'both',
  enrolment: 'first-use',
  firstUseUntil: null,
  digits: 6,
  namePersonInPush: false,
  firstUseDomains: [],
  hintAudience: { 'custom-control': 'either', 'external-mfa': 'app-id' },
  control: { id: 'RequireCountersignMfa', claimType: 'CountersignMfa', claimValue: 'MfaDone' },
  createdAt: 0,
  version: 1,
  ...change,
})
