/** Published figures that several scenarios go by. */
export const TURNSTILE_SOURCE =
  'Turnstiles: 20 to 30 people a minute (https://dimensions.com/collection/turnstiles); about 20 in ordinary use ' +
  '(https://haywardturnstiles.com/learning-center/before-you-buy-2/how-many-turnstiles-do-i-need).';
export const TAILGATING_SOURCE =
  'Tailgating, forgotten swipes, wrong sides: an assumption. Surveys (Boon Edam, 2019) say that it is common, and do not count it.';
