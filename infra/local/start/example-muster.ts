/** Shell command that lists who is inside a building, as CSV. */
export function musterCurlLines(question: { gatewayUrl: string; operatorKey: string; buildingId: string }): string[] {
  const { gatewayUrl, operatorKey, buildingId } = question;
  return [
    `curl -sS '${gatewayUrl}/v1/buildings/${buildingId}/muster?format=csv' \\`,
    `  -H 'Authorization: Bearer ${operatorKey}'`,
  ];
}
