import { EnvironmentError } from '@swipegate/aws/environment';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { ARecord, HostedZone, type IAliasRecordTarget, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import type { Settings } from './settings.js';

/** Hosted zone of a name: its parent domain. @throws {EnvironmentError} if SWIPEGATE_ZONE_ID is not set */
export function zoneOf(scope: Construct, { SWIPEGATE_ZONE_ID: zoneId }: Settings, domain: string): IHostedZone {
  if (zoneId === undefined)
    throw new EnvironmentError(`SWIPEGATE_ZONE_ID is not set: ${domain} needs its hosted zone.`);
  return HostedZone.fromHostedZoneAttributes(scope, 'Zone', {
    hostedZoneId: zoneId,
    zoneName: domain.split('.').slice(1).join('.'),
  });
}

/** Certificate of a name, validated by a record in its zone. */
export function certificateOf(scope: Construct, id: string, zone: IHostedZone, domainName: string): Certificate {
  return new Certificate(scope, id, { domainName, validation: CertificateValidation.fromDns(zone) });
}

/** Address record of a name: an alias of an AWS resource. */
export function aliasRecord(
  scope: Construct,
  id: string,
  zone: IHostedZone,
  domain: string,
  target: IAliasRecordTarget,
): void {
  new ARecord(scope, id, { zone, recordName: `${domain}.`, target: RecordTarget.fromAlias(target) });
}
