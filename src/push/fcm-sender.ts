// Native apps, through Firebase Cloud Messaging's HTTP v1 API by the `firebase-admin` library:
// https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
import type { TokenMessage } from 'firebase-admin/messaging'
import type { Dial } from '../base/checked-agent.ts'
import type { Clock } from '../base/clock.ts'
import { createFcmConnections } from './fcm-connections.ts'
import { fcmFailure } from './fcm-result.ts'
import type { PushMessage, Sender } from './sender.ts'
import type { FcmSubscription } from './subscription.ts'

/**
 * Sends in the name of the service account in `credentialsFile` (fcm-credentials.ts says what it must be), and throws when it holds
 * none. `dial` opens every connection, to the token endpoint too. The library keeps one credential a process for each
 * path, with the first agent that it got: a second sender needs a file of its own.
 */
export async function createFcmSender(options: {
  credentialsFile: string
  dial: Dial
  clock: Clock
}): Promise<Sender<FcmSubscription>> {
  const { credentialsFile, dial, clock } = options
  // Loaded only where it is configured: it is large.
  const { cert, getApps, initializeApp } = await import('firebase-admin/app')
  const { getMessaging } = await import('firebase-admin/messaging')
  const { agent, during } = createFcmConnections(dial)
  // The credential must be the path: of an account given as an object, the library fetches tokens without the agent.
  const credential = cert(credentialsFile, agent)
  const messaging = getMessaging(initializeApp({ credential, httpAgent: agent }, `countersign-${getApps().length}`))

  return {
    async send({ token }, message, signal) {
      try {
        await during(signal, () => messaging.send(fcmMessage(token, message, clock)))
        return { result: 'accepted', detail: 'status 200' }
      } catch (error) {
        if (signal.aborted) return { result: 'unreachable', detail: 'no answer in time' }
        return fcmFailure(error, clock)
      }
    },
  }
}

/** Data only: what the person reads is the app's to say, after it has asked us. */
function fcmMessage(token: string, { body, ttl, topic, urgency }: PushMessage, clock: Clock): TokenMessage {
  return {
    token,
    data: { countersign: body },
    android: { priority: urgency === 'high' ? 'high' : 'normal', ttl: ttl * 1000, collapseKey: topic },
    apns: {
      headers: {
        // To wake an app without showing anything must be of this type and priority: with 10 it would be an error.
        // https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
        'apns-push-type': 'background',
        'apns-priority': '5',
        // 0: it is tried once, and not kept.
        'apns-expiration': ttl === 0 ? '0' : String(Math.floor(clock.now() / 1000) + ttl),
        'apns-collapse-id': topic,
      },
      payload: { aps: { contentAvailable: true } },
    },
  }
}
