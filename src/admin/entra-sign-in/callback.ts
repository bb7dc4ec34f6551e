/** Where Entra leads back to: the redirect URI that is registered there. */
export const CALLBACK = '/admin/entra/callback'
