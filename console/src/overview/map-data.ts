/** From the columns of the contract to GeoJSON. */
import type { MapData } from '@openami/server/contract';
import type { GeoJSONSourceSpecification } from 'maplibre-gl';

type FeatureCollection = Extract<GeoJSONSourceSpecification['data'], { type: 'FeatureCollection' }>;
type Feature = FeatureCollection['features'][number];

export function pointFeatures({ points }: MapData): FeatureCollection {
  const features = points.id.map(
    (id, i): Feature => ({
      type: 'Feature',
      id,
      geometry: { type: 'Point', coordinates: [points.lon[i]!, points.lat[i]!] },
      properties: {
        meterId: points.meterId[i] ?? 0,
        commodity: points.commodity[i]!,
        state: points.state[i]!,
        label: points.label[i]!,
      },
    }),
  );
  return { type: 'FeatureCollection', features };
}

/** A line from each node to its parent, and the nodes themselves. */
export function networkFeatures({ nodes }: MapData): FeatureCollection {
  const places = new Map<number, [number, number]>();
  for (const n of nodes) if (n.lon !== null && n.lat !== null) places.set(n.id, [n.lon, n.lat]);
  const features: Feature[] = [];
  for (const node of nodes) {
    const at = places.get(node.id);
    const parent = node.parentId === null ? undefined : places.get(node.parentId);
    if (!at) continue;
    if (parent) {
      features.push({
        type: 'Feature',
        geometry: { type: 'LineString', coordinates: [parent, at] },
        properties: {},
      });
    }
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: at },
      properties: { kind: node.kind, name: node.name },
    });
  }
  return { type: 'FeatureCollection', features };
}

/** West, south, east, north of all points and of the network that feeds them. */
export function boundsOf({ points, nodes }: MapData): [number, number, number, number] {
  let [west, south, east, north] = [180, 90, -180, -90];
  const take = (lon: number, lat: number) => {
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  };
  for (let i = 0; i < points.id.length; i++) take(points.lon[i]!, points.lat[i]!);
  for (const { lon, lat } of nodes) if (lon !== null && lat !== null) take(lon, lat);
  return [west, south, east, north];
}
