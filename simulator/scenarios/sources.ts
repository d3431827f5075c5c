/** Sources that several scenarios share. */
export const TURNSTILE_SOURCE =
  'Turnstiles: 20 to 30 people a minute (https://dimensions.com/collection/turnstiles); about 20 in ordinary use ' +
  '(https://haywardturnstiles.com/learning-center/before-you-buy-2/how-many-turnstiles-do-i-need).';
export const TAILGATING_SOURCE =
  'Tailgating, forgotten swipes, wrong sides: assumed. Surveys (Boon Edam, 2019) say that tailgating is common, but give no rate.';
