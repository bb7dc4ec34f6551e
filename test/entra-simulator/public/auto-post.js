// Who comes back to this page is not sent on again: on a slow machine Chrome keeps it in its history.
const [navigation] = performance.getEntriesByType('navigation')
if (navigation?.type !== 'back_forward') document.getElementById('auto-post').submit()
