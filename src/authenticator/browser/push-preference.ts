// Whether the person said that this browser shall not tell them. It stays with the browser: another phone may.
const NAME = 'countersign-notifications'

export const pushPreference = {
  isDeclined: () => localStorage.getItem(NAME) === 'declined',
  decline: (declined: boolean) => (declined ? localStorage.setItem(NAME, 'declined') : localStorage.removeItem(NAME)),
}
