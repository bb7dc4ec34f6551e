// The Entra clouds that we speak with. Nothing is ever fetched from, or posted to, an address that is not in this table.
// Hosts and redirect URIs: Microsoft Learn, External MFA method provider reference. The sovereign redirect URIs of custom
// controls and the v1 issuers were published by nobody; they follow the same pattern (see README, "Standing of the facts").
import type { CloudName, Contract } from '../integrations/integration.ts'

export type Cloud = {
  name: CloudName
  authority: string
  redirectUris: Record<Contract, string>
  /** Issuer and key address of each version of token. */
  v1: { issuer(tenantId: string): string; keysUrl: string }
  v2: { issuer(tenantId: string): string; keysUrl: string }
}

const cloud = (name: CloudName, authority: string, v1Authority: string): Cloud => ({
  name,
  authority,
  redirectUris: {
    'external-mfa': `${authority}/common/federation/externalauthprovider`,
    'custom-control': `${authority}/common/federation/OAuth2ClaimsProvider`,
  },
  v1: { issuer: (tenantId) => `${v1Authority}/${tenantId}/`, keysUrl: `${authority}/common/discovery/keys` },
  v2: { issuer: (tenantId) => `${authority}/${tenantId}/v2.0`, keysUrl: `${authority}/common/discovery/v2.0/keys` },
})

export type Clouds = readonly Cloud[]

/** The three public clouds, and `local` (a simulator) when its authority is given. */
export function createClouds(localAuthority: string | null): Clouds {
  const clouds = [
    cloud('global', 'https://login.microsoftonline.com', 'https://sts.windows.net'),
    cloud('usgov', 'https://login.microsoftonline.us', 'https://sts.windows.net'),
    cloud('china', 'https://login.partner.microsoftonline.cn', 'https://sts.chinacloudapi.cn'),
  ]
  if (localAuthority) clouds.push(cloud('local', localAuthority, localAuthority))
  return clouds
}

/** Which cloud and contract publish exactly this redirect URI, to the character; undefined when none does. */
export function destinationOf(clouds: Clouds, redirectUri: string): { cloud: Cloud; contract: Contract } | undefined {
  for (const cloud of clouds) {
    if (cloud.redirectUris['external-mfa'] === redirectUri) return { cloud, contract: 'external-mfa' }
    if (cloud.redirectUris['custom-control'] === redirectUri) return { cloud, contract: 'custom-control' }
  }
  return undefined
}
