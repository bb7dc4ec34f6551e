import type { CloudName } from '../../integrations/integration.ts'

/** A cloud as administrators know it, and where its tenants are administered. */
export type CloudWords = {
  name: string
  adminCenter: string | null
  /** Microsoft Graph's root, and the version in which external methods of people can be made (Graph reference, national clouds). */
  graph: string
  graphForPeople: string
}

export const cloudWords: Record<CloudName, CloudWords> = {
  global: {
    name: 'Worldwide',
    adminCenter: 'https://entra.microsoft.com',
    graph: 'https://graph.microsoft.com/v1.0',
    graphForPeople: 'https://graph.microsoft.com/v1.0',
  },
  usgov: {
    name: 'US Government',
    adminCenter: 'https://entra.microsoft.us',
    graph: 'https://graph.microsoft.us/v1.0',
    graphForPeople: 'https://graph.microsoft.us/beta',
  },
  china: {
    name: 'China (21Vianet)',
    adminCenter: 'https://entra.microsoftonline.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn/beta',
    graphForPeople: 'https://microsoftgraph.chinacloudapi.cn/beta',
  },
  local: {
    name: 'Local (a simulator)',
    adminCenter: null,
    graph: 'https://graph.microsoft.com/v1.0',
    graphForPeople: 'https://graph.microsoft.com/v1.0',
  },
}
