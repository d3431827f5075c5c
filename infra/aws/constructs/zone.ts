import { HostedZone, type IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { type Settings, SettingsError } from './settings.js';

/**
 * The deployment's hosted zone: the parent domain of `domain`. All names are in one zone.
 * @throws {SettingsError} if SWIPEGATE_ZONE_ID is not set
 */
export function zoneOf(scope: Construct, { SWIPEGATE_ZONE_ID: zoneId }: Settings, domain: string): IHostedZone {
  if (zoneId === undefined) throw new SettingsError(`SWIPEGATE_ZONE_ID is not set: ${domain} needs its hosted zone.`);
  return HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
    hostedZoneId: zoneId,
    zoneName: domain.split('.').slice(1).join('.'),
  });
}
