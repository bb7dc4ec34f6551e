// Where an answer may go: nowhere but to Entra, for a client that is connected, in the cloud that it lives in.
import { expect, test } from '@jest/globals'
import { createClouds } from '../../src/entra/clouds.ts'
import { proveDestination } from '../../src/entra/destination.ts'
import { anIntegration } from '../integrations/an-integration.ts'

const clouds = createClouds(null)
const integration = anIntegration()
const redirectUri = 'https://login.microsoftonline.com/common/federation/externalauthprovider'

const prove = async (change: Record<string, string> = {}) => {
  const request = { client_id: integration.clientId, redirect_uri: redirectUri, state: 'the-state', ...change }
  const asked: string[] = []
  const found = await proveDestination(request as Parameters<typeof proveDestination>[0], clouds, async (clientId) => {
    asked.push(clientId)
    return clientId === integration.clientId ? integration : undefined
  })
  return { found, asked }
}

test('a published redirect URI of the integration’s cloud, with its client id, is proven', async () => {
  expect((await prove()).found).toEqual({
    ...{ cloud: clouds[0], contract: 'external-mfa', integration, redirectUri, state: 'the-state' },
  })
})

test.each([
  ['request.destination', 'redirect_uri is not a published one', { redirect_uri: `${redirectUri}/` }, []],
  ['request.client', 'client_id is nobody’s', { client_id: 'nobody' }, ['nobody']],
  [
    'request.destination',
    'redirect_uri belongs to another cloud',
    { redirect_uri: redirectUri.replace('.com', '.us') },
    [integration.clientId],
  ],
])('refused as %s: %s', async (code, reason, change, asked) => {
  expect(await prove(change)).toMatchObject({ found: { code, reason }, asked })
})
