import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { type Settings, SettingsError } from './settings.js';

/**
 * The hosted zone of a deployment, as the one that a name lies in. Names may be of one zone only.
 * @throws {SettingsError} where the settings name none
 */
export function zoneOf(scope: Construct, { SWIPEGATE_ZONE_ID: zoneId }: Settings, domain: string): IHostedZone {
  if (zoneId === undefined) throw new SettingsError(`SWIPEGATE_ZONE_ID is not set: ${domain} lies in none.`);
  return HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
    hostedZoneId: zoneId,
    zoneName: domain.split('.').slice(1).join('.'),
  });
}
