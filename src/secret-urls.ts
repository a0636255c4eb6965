/** Keys and passwords within addresses: found, so that they are shown nowhere. Pure. */

/** What stands where a secret stood. */
export const MASK = '***';

const USER_INFO = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/?#"'<>\\]{1,2000})@/gi;
const PARAMETER = /([?&;]([\w.~%-]{1,80})=)([^&;#\s"'<>\\]+)/g;
/**
 * Names of parameters whose values open doors: `key`, `api-key`, `subscription_key`, `code`, `sig`,
 * `X-Amz-Signature`.
 */
const SECRET_NAME =
  /(?:^|[-_.])(?:sig|code|auth|pwd|pass|sas|jwt|session)$|(?:key|token|secret|signature|credentials?|password|passwd|authorization)$/i;

/** The text, an address or a sentence with addresses in it, with what opens doors masked. */
export function withoutUrlSecrets(text: string): string {
  return text
    .replace(USER_INFO, `$1${MASK}@`)
    .replace(PARAMETER, (whole, before: string, name: string) =>
      SECRET_NAME.test(name) ? `${before}${MASK}` : whole,
    );
}

/** What of an address opens doors, as it is written there and as it reads decoded. */
export function secretsInUrl(address: string): string[] {
  const found = [
    ...[...address.matchAll(USER_INFO)].flatMap(([, , userInfo]) => [
      userInfo!,
      ...userInfo!.split(':').slice(1),
    ]),
    ...[...address.matchAll(PARAMETER)].flatMap(([, , name, value]) =>
      SECRET_NAME.test(name!) ? [value!] : [],
    ),
  ];
  return [...new Set(found.flatMap((value) => [value, decoded(value)]))];
}

/** A part of an address as it reads; as it is written where it is not encoded rightly. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
