/** The issuer of an integration: a path of its own, to the character what its discovery document says. */
export const issuerOf = (publicUrl: string, integrationId: string): string => `${publicUrl}/entra/${integrationId}`
