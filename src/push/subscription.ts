/** Where a browser is reached (RFC 8030), and the keys that only it can read with (RFC 8291). */
export type WebSubscription = { kind: 'web'; endpoint: string; p256dh: string; auth: string }

/** Where a native app is reached, through Firebase Cloud Messaging. */
export type FcmSubscription = { kind: 'fcm'; token: string }

export type Subscription = WebSubscription | FcmSubscription

/** A device's subscription, as it is kept. A device has at most one. */
export type DeviceSubscription = {
  deviceId: string
  subscription: Subscription
  /** The public VAPID key that a web subscription was made for: with another one it is worth nothing. */
  vapidKey: string | null
  since: number
}
