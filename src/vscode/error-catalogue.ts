import { l10n } from 'vscode'

/** What a number of Entra's means to a person. */
export interface Explanation {
  /** The digits after `AADSTS`. */
  readonly number: number
  /** What happened, one sentence. */
  readonly cause: string
  /** What the person can do, one sentence or two. */
  readonly step: string
  /** Whether only somebody else, a device or a place can change it: then nothing asks again by itself. */
  readonly isFinal: boolean
}

/**
 * Explains the first of these numbers that is known.
 *
 * @param redirectUri - what has to be registered, exactly as it is to be spelled
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function explainNumbers(numbers: readonly number[], redirectUri: string): Explanation | undefined {
  const topics = listTopics(redirectUri)
  for (const number of numbers) {
    const topic = topics.find((candidate) => candidate.numbers.includes(number))
    if (topic) return { number, cause: topic.cause, step: topic.step, isFinal: topic.isFinal }
  }
  return undefined
}

/** All numbers that can be explained. */
export const listKnownNumbers = (): readonly number[] => listTopics('').flatMap(({ numbers }) => numbers)

function listTopics(redirectUri: string) {
  const steps = createSteps(redirectUri)
  return [
    ...listFinal(steps).map((topic) => ({ ...topic, isFinal: true })),
    ...listPassing(steps).map((topic) => ({ ...topic, isFinal: false })),
  ]
}

type Steps = ReturnType<typeof createSteps>

const createSteps = (redirectUri: string) => ({
  again: l10n.t('Sign in again.'),
  later: l10n.t('Wait some minutes, then sign in again.'),
  otherAccount: l10n.t("Sign in with an account of that tenant, or ask the tenant's administrator to invite this one."),
  support: l10n.t("Ask your organization's administrator for help and show them this message."),
  device: l10n.t('Sign in from a device that your organization manages, or ask its administrator about this one.'),
  policy: l10n.t("Ask your organization's administrator which policy applies, and show them this message."),
  consent: l10n.t('Ask an administrator of the tenant to grant the app consent, then sign in again.'),
  registration: l10n.t('Show this to whoever manages the app registration.'),
  caller: l10n.t('Show this to the author of the extension that asked for the token.'),
  federation: l10n.t('Try again; if it stays so, show this to whoever runs the sign-in of your organization.'),
  clientId: l10n.t(
    'Check the settings entraAuth.clientId, tenant and cloud; perhaps an administrator of the tenant has to add the app first.',
  ),
  tenant: l10n.t('Check the settings entraAuth.tenant and entraAuth.cloud.'),
  ownTenant: l10n.t('Set entraAuth.tenant to the tenant ID of the app registration.'),
  organizations: l10n.t('Set entraAuth.tenant to organizations or to a tenant ID.'),
  secondFactor: l10n.t('Sign in again and complete the second step there.'),
  registerFactor: l10n.t('Sign in again in the browser and set the second step up there.'),
  password: l10n.t('Change the password on the sign-in page, then sign in again.'),
  newCode: l10n.t('Sign in again to get a new code.'),
  redirectUri: l10n.t(
    'Register {0} in the app registration, spelled exactly so, for the platform "Mobile and desktop applications".',
    redirectUri,
  ),
  publicFlows: l10n.t(
    'Whoever manages the app registration has to set "Allow public client flows" to Yes under Authentication.',
  ),
  desktopPlatform: l10n.t(
    'Register {0} for the platform "Mobile and desktop applications" instead of "Web" or "Single-page application".',
    redirectUri,
  ),
})

const topic = (numbers: readonly number[], cause: string, step: string) => ({ numbers, cause, step })

/** Refusals of a person, a device, a place, an app or a setting: what was refused is refused again. */
const listFinal = (steps: Steps) => [
  topic([53003, 530032], l10n.t('A Conditional Access policy of your organization blocks this sign-in.'), steps.policy),
  topic([53000], l10n.t('Your organization requires a compliant device, and this one is not.'), steps.device),
  topic([53001], l10n.t('Your organization requires a device that is joined to its domain.'), steps.device),
  topic([50097, 50129, 50187], l10n.t('Your organization requires a device that it knows.'), steps.device),
  topic([50155], l10n.t('Your organization could not recognize this device.'), steps.device),
  topic([135011, 130007], l10n.t('This device is disabled in your organization.'), steps.device),
  topic([50005], l10n.t("Your organization's policy does not support this kind of device."), steps.device),
  topic([53002, 50127], l10n.t('Your organization allows only approved apps to sign in.'), steps.policy),
  topic([530084], l10n.t('Your organization allows only tokens that are bound to a device.'), steps.policy),
  topic([530035], l10n.t("The security defaults of the tenant don't allow this sign-in."), steps.policy),
  topic([50131], l10n.t('An access policy of your organization refused this sign-in.'), steps.policy),
  topic([53011, 530034], l10n.t('The account is blocked, since its own tenant sees it at risk.'), steps.support),
  topic([53010], l10n.t("The second step can't be set up from this device or place."), steps.policy),
  topic([50057], l10n.t('The account is disabled.'), steps.support),
  topic([80012], l10n.t('The account may not sign in at this time of day.'), steps.support),
  topic(
    [50105],
    l10n.t('The account is not assigned to the app.'),
    l10n.t('Ask whoever manages the app to assign you to it, then sign in again.'),
  ),
  topic(
    [50020, 50014, 50034, 51004, 16000, 16003, 90072],
    l10n.t('The account does not exist in the tenant that was asked for.'),
    steps.otherAccount,
  ),
  topic([500208], l10n.t('The tenant accepts no account of this kind.'), steps.otherAccount),
  topic([90084], l10n.t('Guests may not sign in here.'), steps.otherAccount),
  topic([50002, 500021, 500022], l10n.t('Your network allows sign-ins to certain tenants only.'), steps.policy),
  topic([500212], l10n.t("Your organization doesn't allow sign-ins to that tenant."), steps.policy),
  topic([500213], l10n.t("That tenant doesn't admit people of your organization."), steps.policy),
  topic([1000104], l10n.t("Your organization doesn't allow sign-ins to that cloud."), steps.policy),
  topic([90094, 90095], l10n.t('The app needs the consent of an administrator.'), steps.consent),
  topic([90099], l10n.t('The app is not authorized in the tenant.'), steps.consent),
  topic(
    [50011, 70004, 900971],
    l10n.t('The app registration lacks the redirect URI of this sign-in.'),
    steps.redirectUri,
  ),
  topic([7000218], l10n.t('The app registration allows no sign-in without a secret.'), steps.publicFlows),
  topic([9002326, 9002327], l10n.t('The redirect URI is registered for another platform.'), steps.desktopPlatform),
  topic([700016, 700011], l10n.t('The tenant does not know the client ID.'), steps.clientId),
  topic([70001, 7000112], l10n.t('The app is disabled.'), steps.registration),
  topic([1000031], l10n.t("The app can't be used at this time."), steps.support),
  topic([50194], l10n.t('The app is made for a single tenant, and another way in was used.'), steps.ownTenant),
  topic(
    [9001023, 90124, 90130, 9002332],
    l10n.t("The app can't be used with common or consumers as the tenant."),
    steps.organizations,
  ),
  topic([90002, 50128], l10n.t('There is no such tenant in this cloud.'), steps.tenant),
  topic([50059, 90019], l10n.t('The server could not tell which tenant is meant.'), steps.tenant),
  topic(
    [90038, 90051],
    l10n.t('The tenant belongs to another cloud.'),
    l10n.t("Set entraAuth.cloud to the tenant's cloud."),
  ),
  topic(
    [50049],
    l10n.t('The server is not known as a sign-in server.'),
    l10n.t('Check the setting entraAuth.authority.'),
  ),
  topic(
    [65005, 650056],
    l10n.t('The app registration does not list the permissions that were asked for.'),
    steps.registration,
  ),
  topic([650057], l10n.t('The app registration does not list the API that was asked for.'), steps.registration),
  topic(
    [65002],
    l10n.t('This client ID belongs to Microsoft and may not be used for that API.'),
    l10n.t('Set entraAuth.clientId to an app registration of your own.'),
  ),
  topic([500011, 50001, 650054], l10n.t('The tenant does not know the API that was asked for.'), steps.caller),
  topic([650052], l10n.t('Your organization has not subscribed to the service that was asked for.'), steps.support),
  topic([70011, 28002, 28003, 700023], l10n.t('A scope that was asked for is not valid.'), steps.caller),
  topic([700022], l10n.t('The scopes that were asked for belong to several APIs.'), steps.caller),
  topic([70002, 7000215], l10n.t("The app's secret is wrong."), steps.registration),
  topic([7000222], l10n.t("The app's secret has expired."), steps.registration),
  topic([700025], l10n.t('The app sent a secret, although it is registered without one.'), steps.registration),
  topic([700027, 50012], l10n.t("The app's certificate was not accepted."), steps.registration),
]

/** Refusals that another sign-in, or some time, puts right. */
const listPassing = (steps: Steps) => [
  topic([50076, 50074, 50158, 500121], l10n.t('The sign-in needs a second step.'), steps.secondFactor),
  topic([50078], l10n.t('The second step was too long ago.'), steps.secondFactor),
  topic([50072, 50079, 53004], l10n.t('A second step has to be set up for this account.'), steps.registerFactor),
  topic([50087], l10n.t('The second step failed for a moment.'), steps.again),
  topic([50088], l10n.t('Too many calls for second steps were made.'), steps.later),
  topic([50053], l10n.t('The account is locked after too many attempts, or its address is blocked.'), steps.later),
  topic([50055, 50144], l10n.t('The password has expired.'), steps.password),
  topic([50135], l10n.t('The password has to be changed, since it may be known to others.'), steps.password),
  topic([50125], l10n.t('The account has to set up how its password is reset.'), steps.again),
  topic([50126, 50056, 50064], l10n.t('The user name or the password was wrong.'), steps.again),
  topic([50173, 50132, 50133], l10n.t('The sign-in was revoked, or the password was changed.'), steps.again),
  topic([70043], l10n.t('Your organization asks for a new sign-in from time to time.'), steps.again),
  topic(
    [70000, 70008, 700082, 700084, 50089, 50085, 50139],
    l10n.t('The sign-in has expired, since it was not used for long.'),
    steps.again,
  ),
  topic([54005], l10n.t("The browser's answer was used twice."), steps.again),
  topic([50058, 16001, 16002, 160021], l10n.t('The browser does not know the account any more.'), steps.again),
  topic([50197], l10n.t('The account could not be told from another one.'), steps.again),
  topic([501481], l10n.t('The answer belongs to another sign-in.'), steps.again),
  topic(
    [65001, 90008],
    l10n.t('The account has not consented to the app yet.'),
    l10n.t('Sign in again and accept there.'),
  ),
  topic(
    [65004],
    l10n.t('The consent was declined on the sign-in page.'),
    l10n.t('Sign in again, and accept there, if that was not meant.'),
  ),
  topic([70018, 90119], l10n.t('The code was entered wrongly.'), steps.newCode),
  topic([70019], l10n.t('The code expired before it was entered.'), steps.newCode),
  topic([90120], l10n.t('The code was used already.'), steps.newCode),
  topic(
    [50134],
    l10n.t("The code can't be entered in this region."),
    l10n.t('Sign in again, by the browser or from the region where VS Code runs.'),
  ),
  topic([50000, 90006, 90024, 90033, 90090, 50033, 70012], l10n.t('The sign-in service has a problem.'), steps.later),
  topic([90012], l10n.t('The sign-in service took too long.'), steps.later),
  topic([90055], l10n.t('The tenant makes too many requests.'), steps.later),
  topic([50196], l10n.t('The same request came too often in a short time.'), steps.later),
  topic(
    [80001, 80002, 80005, 80007, 80010, 80014],
    l10n.t("Your organization's own directory could not check the password."),
    steps.federation,
  ),
  topic([80013], l10n.t("A clock in your organization's directory is wrong."), steps.federation),
  topic(
    [20001, 20012, 20033, 40008, 40009, 40010, 40015, 50008, 50107],
    l10n.t("Your organization's own sign-in server answered wrongly."),
    steps.federation,
  ),
]
