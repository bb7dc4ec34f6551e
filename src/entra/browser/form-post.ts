// Posts the answer to Entra without waiting for a click. Where there is no script, the button does it.
const form = document.getElementById('to-entra')
if (form instanceof HTMLFormElement) form.submit()
